import { Button } from "@mantine/core";
import { IconUserOff } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Avatar } from "@/design/Avatar";
import { MessageRow, Moment } from "./MessageRow";
import styles from "./MessageRow.module.css";
import { useConversation } from "./conversation";
import { type ShownMessage, messageKey } from "./grouping";
import type { OutboxEntry } from "./outbox";

interface Props {
  messages: readonly ShownMessage[];
  /** Those of them that are not acknowledged, by client_id. */
  echoes: ReadonlyMap<string, OutboxEntry>;
}

/** What one person said in a row; of somebody whom one blocks, only that they said something, until one asks for it. */
export function MessageGroup({ messages, echoes }: Props) {
  const { i18n } = useTranslation();
  const { blocked, target } = useConversation();
  const [unfolded, setUnfolded] = useState(false);
  const [first] = messages;
  if (!first) return null;
  const asked = unfolded || messages.some(({ seq }) => seq === target);
  if (blocked.has(first.author.id) && !asked) {
    return (
      <FoldedGroup
        messages={messages}
        onUnfold={() => {
          setUnfolded(true);
        }}
      />
    );
  }
  const { author, nickname } = first;
  const action = first.style === "action" && !first.deleted;
  return (
    <li className={styles.group} data-action={action || undefined}>
      <Avatar id={author.id} name={nickname} size={action ? 24 : 36} />
      <div className={styles.content}>
        <div className={styles.head}>
          <span className={styles.nickname}>{nickname}</span>
          {nickname !== author.username && !action && (
            <span className={styles.username}>@{author.username}</span>
          )}
          {!action && <Moment at={first.created_at} locale={i18n.language} className={styles.time} />}
        </div>
        {messages.map((message, index) => (
          <MessageRow
            key={messageKey(message)}
            message={message}
            echo={message.client_id === null ? undefined : echoes.get(message.client_id)}
            first={index === 0}
          />
        ))}
        {action && <Moment at={first.created_at} locale={i18n.language} className={styles.time} />}
      </div>
    </li>
  );
}

function FoldedGroup({ messages, onUnfold }: Pick<Props, "messages"> & { onUnfold: () => void }) {
  const { t } = useTranslation();
  return (
    <li className={styles.group} data-folded>
      <div className={styles.folded} data-row tabIndex={-1}>
        <IconUserOff size={16} aria-hidden />
        <span>{t("rooms.blocked.messages", { count: messages.length })}</span>
        <Button size="compact-xs" variant="subtle" color="gray" onClick={onUnfold}>
          {t("rooms.blocked.show")}
        </Button>
      </div>
    </li>
  );
}
