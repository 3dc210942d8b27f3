import { Button, Loader } from "@mantine/core";
import { useDocumentVisibility } from "@mantine/hooks";
import { IconArrowDown } from "@tabler/icons-react";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Message, Room } from "@/api/types";
import { EmptyState } from "@/design/States";
import { dayName } from "@/lib/time";
import { useChat } from "./ChatProvider";
import { MessageGroup } from "./MessageGroup";
import styles from "./MessageList.module.css";
import { Notice } from "./Notice";
import { type Self, type ShownMessage, echoMessage, layOut } from "./grouping";
import type { OutboxEntry } from "./outbox";
import type { RoomChannel, RoomState } from "./roomChannel";
import { contiguousTop } from "./timeline";
import { useStickyScroll } from "./useStickyScroll";

interface Props {
  room: Room;
  channel: RoomChannel;
  state: RoomState;
  entries: readonly OutboxEntry[];
  me: Self;
  unseenAfter: number | null;
  /** Grows with each message that is sent from here. */
  sends: number;
}

export function MessageList({ room, channel, state, entries, me, unseenAfter, sends }: Props) {
  const { t, i18n } = useTranslation();
  const chat = useChat();
  const visible = useDocumentVisibility() === "visible";
  const { messages, hasOlder } = state.timeline;

  const echoes = useMemo(() => new Map(entries.map((entry) => [entry.clientId, entry])), [entries]);
  const { id, username, nickname } = me;
  const items = useMemo(() => {
    const shown: ShownMessage[] = [...messages];
    for (const entry of entries) shown.push(echoMessage(entry, { id, username, nickname }));
    return layOut(shown, unseenAfter);
  }, [messages, entries, id, username, nickname, unseenAfter]);

  const { viewport, content, onScroll, atBottom, seenTo, toBottom } = useStickyScroll({
    first: messages[0]?.seq ?? 0,
    last: messages.at(-1)?.seq ?? 0,
    sends,
    onNearTop: () => {
      void channel.loadOlder();
    },
  });

  const top = contiguousTop(state.timeline);
  const lastRead = room.membership?.last_read_seq;
  useEffect(() => {
    if (visible && atBottom && lastRead !== undefined && top > lastRead) chat.markRead(room.id, top);
  }, [chat, room.id, visible, atBottom, lastRead, top]);

  const unseenBelow = seenTo === null ? 0 : countFromOthers(messages, seenTo, me.id);
  const now = new Date();

  return (
    <div className={styles.frame}>
      {/* A region that scrolls must be reachable by keyboard. */}
      <div
        ref={viewport}
        className={styles.viewport}
        onScroll={onScroll}
        tabIndex={0}
        role="log"
        // What comes in above, from the past, is not to be read out.
        aria-live={state.older === "loading" ? "off" : "polite"}
        aria-label={t("rooms.messages")}
      >
        <div ref={content} className={styles.content}>
          <div className={styles.start}>
            {hasOlder ? (
              <Older state={state.older} onRetry={() => void channel.loadOlder()} />
            ) : (
              messages.length > 0 && (
                <p className={styles.beginning}>{t("rooms.beginning", { name: room.name })}</p>
              )
            )}
          </div>
          {items.length === 0 && (
            <EmptyState title={t("rooms.emptyTitle")}>{t("rooms.emptyText", { name: room.name })}</EmptyState>
          )}
          <ol className={styles.list}>
            {items.map((item) => {
              switch (item.kind) {
                case "day": {
                  const day = dayName(item.at, now, i18n.language);
                  return (
                    <li key={item.key} className={styles.day}>
                      <span>{day.kind === "date" ? day.text : t(`day.${day.kind}`)}</span>
                    </li>
                  );
                }
                case "unread":
                  return (
                    <li key={item.key} className={styles.unread} data-unread-line>
                      <span>{t("rooms.newLine")}</span>
                    </li>
                  );
                case "notice":
                  return <Notice key={item.key} message={item.message} />;
                case "group":
                  return <MessageGroup key={item.key} messages={item.messages} echoes={echoes} />;
              }
            })}
          </ol>
        </div>
      </div>
      {!atBottom && (
        <Button
          className={styles.pill}
          size="compact-md"
          radius="xl"
          variant={unseenBelow > 0 ? "filled" : "default"}
          leftSection={<IconArrowDown size={16} />}
          onClick={toBottom}
        >
          {unseenBelow > 0 ? t("rooms.newMessages", { count: unseenBelow }) : t("rooms.toLatest")}
        </Button>
      )}
    </div>
  );
}

function countFromOthers(messages: readonly Message[], afterSeq: number, ownId: string): number {
  let count = 0;
  for (let index = messages.length - 1; index >= 0; index--) {
    const message = messages[index];
    if (!message || message.seq <= afterSeq) break;
    if (message.author.id !== ownId) count++;
  }
  return count;
}

function Older({ state, onRetry }: { state: RoomState["older"]; onRetry: () => void }) {
  const { t } = useTranslation();
  if (state === "failed") {
    return (
      <Button size="compact-sm" variant="default" onClick={onRetry}>
        {t("rooms.olderFailed")}
      </Button>
    );
  }
  return <Loader size="sm" color="gray" type="dots" aria-label={t("rooms.loadingOlder")} />;
}
