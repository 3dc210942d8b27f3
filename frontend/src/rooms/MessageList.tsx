import { Button, Loader } from "@mantine/core";
import { useDocumentVisibility } from "@mantine/hooks";
import { IconArrowDown } from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useMemo, useRef } from "react";
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
import { useConversation } from "./conversation";
import { type RoomChannel, type RoomState, shownWindow } from "./roomChannel";
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
  /** The message to show, once it is here; another object for each jump. */
  goal: Goal | null;
  onLatest: () => void;
  /** Whether it opens at what is new; who comes back from a jump wants the latest. */
  opensAtNew: boolean;
}

export interface Goal {
  readonly seq: number;
}

export function MessageList({
  room,
  channel,
  state,
  entries,
  me,
  unseenAfter,
  sends,
  goal,
  onLatest,
  opensAtNew,
}: Props) {
  const { t, i18n } = useTranslation();
  const chat = useChat();
  const visible = useDocumentVisibility() === "visible";
  const { messages, hasOlder } = shownWindow(state);
  const atLatest = state.past === null;
  const { focusComposer } = useConversation();
  const hintId = useId();

  const echoes = useMemo(() => new Map(entries.map((entry) => [entry.clientId, entry])), [entries]);
  const { id, username, nickname } = me;
  const items = useMemo(() => {
    const shown: ShownMessage[] = [...messages];
    if (atLatest) for (const entry of entries) shown.push(echoMessage(entry, { id, username, nickname }));
    return layOut(shown, unseenAfter, id);
  }, [messages, atLatest, entries, id, username, nickname, unseenAfter]);

  const { viewport, content, onScroll, atBottom, seenTo, toBottom } = useStickyScroll({
    first: messages[0]?.seq ?? 0,
    last: messages.at(-1)?.seq ?? 0,
    sends,
    atLatest,
    opensAtNew,
    onNearTop: () => {
      void channel.loadOlder();
    },
    onNearBottom: () => {
      if (state.newer !== "failed") void channel.loadNewer();
    },
  });

  const reached = useRef<Goal | null>(null);
  useLayoutEffect(() => {
    if (!goal || reached.current === goal) return;
    const row = viewport.current?.querySelector<HTMLElement>(`[data-seq="${goal.seq}"]`);
    if (!row) return;
    reached.current = goal;
    row.scrollIntoView({ block: "center" });
    row.focus({ preventScroll: true });
    onScroll();
  });

  /** Up and down choose a message, Escape goes back to writing. */
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const { target, currentTarget, key } = event;
    if (!(target instanceof HTMLElement)) return;
    if (target !== currentTarget && !target.hasAttribute("data-row")) return;
    if (key === "Escape") focusComposer();
    if (key !== "ArrowUp" && key !== "ArrowDown") return;
    event.preventDefault();
    const rows = [...currentTarget.querySelectorAll<HTMLElement>("[data-row]")];
    const at = rows.indexOf(target);
    const next = at < 0 ? rows.length - 1 : at + (key === "ArrowUp" ? -1 : 1);
    rows[next]?.focus();
  };

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
        onKeyDown={onKeyDown}
        tabIndex={0}
        role="log"
        aria-describedby={hintId}
        // What comes in above, from the past, is not to be read out.
        aria-live={state.older === "loading" || !atLatest ? "off" : "polite"}
        aria-label={t("rooms.messages")}
      >
        <div ref={content} className={styles.content}>
          <div className={styles.start}>
            {hasOlder ? (
              <Older state={state.older} onRetry={() => void channel.loadOlder()} />
            ) : (
              messages.length > 0 && (
                <p className={styles.beginning}>
                  {t(room.kind === "direct" ? "rooms.beginningDirect" : "rooms.beginning", {
                    name: room.name,
                  })}
                </p>
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
          {!atLatest && (
            <div className={styles.start}>
              <Newer state={state.newer} onRetry={() => void channel.loadNewer()} />
            </div>
          )}
        </div>
      </div>
      <p id={hintId} hidden>
        {t("rooms.actions.hint")}
      </p>
      {!atBottom && (
        <Button
          className={styles.pill}
          size="compact-md"
          radius="xl"
          variant={unseenBelow > 0 ? "filled" : "default"}
          leftSection={<IconArrowDown size={16} />}
          onClick={() => {
            if (atLatest) toBottom();
            else onLatest();
          }}
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

function Newer({ state, onRetry }: { state: RoomState["newer"]; onRetry: () => void }) {
  const { t } = useTranslation();
  if (state === "failed") {
    return (
      <Button size="compact-sm" variant="default" onClick={onRetry}>
        {t("rooms.newerFailed")}
      </Button>
    );
  }
  return <Loader size="sm" color="gray" type="dots" aria-label={t("rooms.loadingNewer")} />;
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
