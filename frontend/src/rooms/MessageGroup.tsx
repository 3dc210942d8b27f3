import { useTranslation } from "react-i18next";
import { Avatar } from "@/design/Avatar";
import { clockTime, fullTime } from "@/lib/time";
import { FailedEcho } from "./FailedEcho";
import { MessageBody } from "./MessageBody";
import styles from "./MessageRow.module.css";
import { type ShownMessage, messageKey } from "./grouping";
import type { OutboxEntry } from "./outbox";

interface Props {
  messages: readonly ShownMessage[];
  /** Those of them that are not acknowledged, by client_id. */
  echoes: ReadonlyMap<string, OutboxEntry>;
}

/** What one person said in a row. */
export function MessageGroup({ messages, echoes }: Props) {
  const { i18n } = useTranslation();
  const [first] = messages;
  if (!first) return null;
  const { author, nickname } = first;
  return (
    <li className={styles.group}>
      <Avatar id={author.id} name={nickname} size={36} />
      <div className={styles.content}>
        <div className={styles.head}>
          <span className={styles.nickname}>{nickname}</span>
          {nickname !== author.username && <span className={styles.username}>@{author.username}</span>}
          <Moment at={first.created_at} locale={i18n.language} className={styles.time} />
        </div>
        {messages.map((message, index) => {
          const echo = message.client_id === null ? undefined : echoes.get(message.client_id);
          return (
            <div
              key={messageKey(message)}
              className={styles.row}
              data-seq={echo ? undefined : message.seq}
              data-echo={echo?.state}
            >
              {index > 0 && (
                <Moment at={message.created_at} locale={i18n.language} className={styles.gutterTime} />
              )}
              <MessageBody message={message} pending={echo !== undefined && echo.state !== "failed"} />
              {echo?.state === "failed" && <FailedEcho entry={echo} />}
            </div>
          );
        })}
      </div>
    </li>
  );
}

function Moment({ at, locale, className }: { at: string; locale: string; className: string | undefined }) {
  const moment = new Date(at);
  return (
    <time className={className} dateTime={at} title={fullTime(moment, locale)}>
      {clockTime(moment, locale)}
    </time>
  );
}
