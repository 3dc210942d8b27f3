import { IconAlertTriangle, IconClock } from "@tabler/icons-react";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { AlertMessage } from "@/alerts/AlertMessage";
import { Markdown } from "@/markdown/Markdown";
import { ChartSnapshot } from "./ChartSnapshot";
import { EditedMark } from "./EditHistory";
import styles from "./MessageRow.module.css";
import { useConversation } from "./conversation";
import type { ShownMessage } from "./grouping";
import { mentionFinder } from "./mentions";

interface Props {
  message: ShownMessage;
  /** Not acknowledged yet. */
  pending?: boolean;
}

/** What was said, drawn as its kind asks for. A kind that this page does not know shows its text. */
export function MessageBody({ message, pending = false }: Props) {
  const { t } = useTranslation();
  if (message.deleted) return <p className={styles.deleted}>{t("rooms.deleted")}</p>;
  const trailing = (
    <>
      {pending && <Pending />}
      {message.edited_at && <EditedMark message={message} />}
    </>
  );
  switch (message.kind) {
    case "chart":
      return message.chart ? <ChartSnapshot chart={message.chart} /> : <Text message={message} />;
    case "alert":
      if (message.alert) return <AlertMessage alert={message.alert} message={message} />;
      return (
        <div className={styles.alert}>
          <IconAlertTriangle size={16} className={styles.kindIcon} aria-hidden />
          <Text message={message} trailing={trailing} />
        </div>
      );
    default:
      return <Text message={message} trailing={trailing} />;
  }
}

function Text({ message, trailing }: { message: ShownMessage; trailing?: ReactNode }) {
  const { names, me } = useConversation();
  const { mentions, mentions_room, body, style } = message;
  const findMention = useMemo(
    () => mentionFinder({ mentions, mentions_room }, names),
    [mentions, mentions_room, names],
  );
  return (
    <div className={styles.body} data-kind={message.kind} data-style={style}>
      <Markdown text={body} findMention={findMention} ownId={me.id} trailing={trailing} />
    </div>
  );
}

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
