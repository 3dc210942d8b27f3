import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { User } from "@/api/types";
import { useNotifyError } from "@/design/useNotifyError";
import { useUnblock } from "@/people/queries";
import styles from "./BlockedNote.module.css";

/** In place of the composer: nothing passes between two people one of whom blocks the other. */
export function BlockedNote({ person }: { person: Pick<User, "id" | "nickname"> }) {
  const { t } = useTranslation();
  const unblock = useUnblock();
  const notifyError = useNotifyError();
  return (
    <div className={styles.note} role="note">
      <span>{t("direct.blocked", { name: person.nickname })}</span>
      <Button
        size="xs"
        variant="default"
        loading={unblock.isPending}
        onClick={() => {
          unblock.mutate(person.id, { onError: notifyError });
        }}
      >
        {t("people.unblock")}
      </Button>
    </div>
  );
}
