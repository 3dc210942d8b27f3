import { Button } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/errors";
import { useErrorText } from "@/api/useErrorText";
import { useChat } from "./ChatProvider";
import styles from "./MessageRow.module.css";
import type { OutboxEntry } from "./outbox";

/** Why a message did not go out, and what one can do about it. */
export function FailedEcho({ entry }: { entry: OutboxEntry }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { outbox } = useChat();
  const { error } = entry;
  return (
    <div className={styles.failed} role="alert">
      <IconAlertCircle size={15} aria-hidden />
      <span>
        {t("rooms.echo.failed")}{" "}
        {error && (error.fields.body ?? errorText(new ApiError(error.code, error.message)))}
      </span>
      <Button
        size="compact-xs"
        variant="light"
        color="red"
        onClick={() => {
          outbox.retry(entry);
        }}
      >
        {t("actions.retry")}
      </Button>
      <Button
        size="compact-xs"
        variant="subtle"
        color="gray"
        onClick={() => {
          outbox.discard(entry.clientId);
        }}
      >
        {t("rooms.echo.discard")}
      </Button>
    </div>
  );
}
