import { useTranslation } from "react-i18next";
import { clockTime, fullTime } from "@/lib/time";
import styles from "./MessageList.module.css";
import type { ShownMessage } from "./grouping";

/** Something that happened in the room, told by the room. */
export function Notice({ message }: { message: ShownMessage }) {
  const { t, i18n } = useTranslation();
  const at = new Date(message.created_at);
  const text =
    message.kind === "join"
      ? t("rooms.joined", { name: message.nickname })
      : message.kind === "leave"
        ? t("rooms.left", { name: message.nickname })
        : message.body;
  return (
    <li className={styles.notice} data-seq={message.seq}>
      {text}
      <time dateTime={message.created_at} title={fullTime(at, i18n.language)}>
        {clockTime(at, i18n.language)}
      </time>
    </li>
  );
}
