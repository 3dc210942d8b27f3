import { IconAlertTriangle, IconChartLine, IconClock } from "@tabler/icons-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import styles from "./MessageRow.module.css";
import type { ShownMessage } from "./grouping";
import { linkify } from "./linkify";

const kindIcons: Partial<Record<ShownMessage["kind"], typeof IconChartLine>> = {
  alert: IconAlertTriangle,
  chart: IconChartLine,
};

interface Props {
  message: ShownMessage;
  /** Not acknowledged yet. */
  pending?: boolean;
}

/** What was said, as plain text with its line breaks; kinds that this page cannot draw yet show their text. */
export const MessageBody = memo(function MessageBody({ message, pending = false }: Props) {
  const { t } = useTranslation();
  if (message.deleted) return <p className={styles.deleted}>{t("rooms.deleted")}</p>;
  const Icon = kindIcons[message.kind];
  return (
    <p className={styles.body} data-kind={message.kind} data-style={message.style} dir="auto">
      {Icon && <Icon size={16} className={styles.kindIcon} aria-hidden />}
      {linkify(message.body).map((part, index) =>
        part.kind === "text" ? (
          part.text
        ) : (
          <a key={index} href={part.href} target="_blank" rel="noopener noreferrer nofollow">
            {part.text}
          </a>
        ),
      )}
      {pending && <Pending />}
      {message.edited_at && <span className={styles.edited}> {t("rooms.edited")}</span>}
    </p>
  );
});

/** Shown after a moment only (see the style sheet): most messages are acknowledged before anyone could read it. */
function Pending() {
  const { t } = useTranslation();
  return (
    <span
      className={styles.pending}
      role="img"
      aria-label={t("rooms.echo.sending")}
      title={t("rooms.echo.sending")}
    >
      <IconClock size={14} />
    </span>
  );
}
