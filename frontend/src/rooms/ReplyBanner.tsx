import { ActionIcon } from "@mantine/core";
import { IconArrowBackUp, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Message } from "@/api/types";
import styles from "./Composer.module.css";
import { firstLine } from "./ReplyQuote";

/** What the message that is being written answers. */
export function ReplyBanner({ message, onCancel }: { message: Message; onCancel: () => void }) {
  const { t } = useTranslation();
  return (
    <div className={styles.reply} role="group" aria-label={t("rooms.reply.to", { name: message.nickname })}>
      <IconArrowBackUp size={16} aria-hidden />
      <span className={styles.replyName}>{t("rooms.reply.to", { name: message.nickname })}</span>
      <span className={styles.replyText}>{firstLine(message)}</span>
      <ActionIcon
        size="sm"
        variant="subtle"
        color="gray"
        aria-label={t("rooms.reply.cancel")}
        onClick={onCancel}
      >
        <IconX size={15} />
      </ActionIcon>
    </div>
  );
}
