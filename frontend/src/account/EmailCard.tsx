import { Button, Modal } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { Suspense, lazy, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/queries";
import { useErrorText } from "@/api/useErrorText";
import { useSendVerification } from "@/auth/recovery";
import { useMe } from "@/auth/session";
import { Failure } from "@/design/Failure";
import { LoadingLines } from "@/design/States";
import styles from "./AccountPage.module.css";

const EmailForm = lazy(() => import("./EmailForm"));

/** One's e-mail address: whether it is verified, and all that can be done about it. */
export function EmailCard() {
  const { t } = useTranslation();
  const me = useMe();
  const queries = useQueryClient();
  const errorText = useErrorText();
  const send = useSendVerification();
  const [open, dialog] = useDisclosure(false);
  const [removing, setRemoving] = useState(false);
  const waiting = me.email !== null && !me.email_verified;

  // The mailed link opens in another tab, or on another device.
  useEffect(() => {
    if (!waiting) return;
    const look = () => void queries.invalidateQueries({ queryKey: keys.me });
    window.addEventListener("focus", look);
    return () => {
      window.removeEventListener("focus", look);
    };
  }, [queries, waiting]);

  const edit = (remove: boolean) => () => {
    setRemoving(remove);
    dialog.open();
  };

  return (
    <>
      {me.email === null ? (
        <p className={styles.hint}>{t("settings.email.none")}</p>
      ) : (
        <div className={styles.names}>
          <span className={styles.name}>{me.email}</span>
          <span className={styles.hint}>
            {t(waiting ? "settings.email.unverified" : "settings.email.verified")}
          </span>
        </div>
      )}
      <Failure>{send.error && errorText(send.error, { unavailable: t("auth.forgot.unavailable") })}</Failure>
      <div className={styles.buttons}>
        {waiting && (
          <Button
            loading={send.isPending}
            onClick={() => {
              send.mutate(undefined, {
                onSuccess: () => {
                  notifications.show({ message: t("settings.email.sent", { email: me.email }) });
                },
              });
            }}
          >
            {t("settings.email.again")}
          </Button>
        )}
        <Button variant="default" onClick={edit(false)}>
          {t(me.email === null ? "settings.email.add" : "settings.email.change")}
        </Button>
        {me.email !== null && (
          <Button variant="default" onClick={edit(true)}>
            {t("settings.email.remove")}
          </Button>
        )}
      </div>
      <Modal
        opened={open}
        onClose={dialog.close}
        title={t(
          removing
            ? "settings.email.remove"
            : me.email === null
              ? "settings.email.add"
              : "settings.email.change",
        )}
      >
        <Suspense fallback={<LoadingLines />}>
          <EmailForm removing={removing} onClose={dialog.close} />
        </Suspense>
      </Modal>
    </>
  );
}
