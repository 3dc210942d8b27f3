import { notifications } from "@mantine/notifications";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate, useSearchParams } from "react-router";
import type { Room } from "@/api/types";
import { useMe } from "@/auth/session";
import { ErrorState, LoadingLines } from "@/design/States";
import { BlockedNote } from "@/direct/BlockedNote";
import { GoneNote } from "@/direct/GoneNote";
import { useDirectConversation } from "@/direct/queries";
import { useNotifyError } from "@/design/useNotifyError";
import { Store, useStore } from "@/lib/store";
import { useBlockedIds } from "@/people/queries";
import { useChat } from "./ChatProvider";
import { CommandNote } from "./CommandNote";
import { Composer, type ComposerHandle } from "./Composer";
import { type Goal, MessageList } from "./MessageList";
import styles from "./RoomView.module.css";
import { TypingLine } from "./TypingLine";
import { type Conversation, ConversationContext, type Writing } from "./conversation";
import { type RoomChannel, shownWindow } from "./roomChannel";
import { useNicknames } from "./useNicknames";
import { useUnseenLine } from "./useUnseenLine";

const NOBODY: ReadonlySet<string> = new Set();

/** A conversation: what was said, who is writing, and the place to write. */
export function RoomView({ room }: { room: Room }) {
  const { t } = useTranslation();
  const chat = useChat();
  const channel = chat.channel(room.id);
  const state = useStore(channel.state);
  const allEntries = useStore(chat.outbox.entries);
  const entries = useMemo(
    () => allEntries.filter((entry) => entry.roomId === room.id),
    [allEntries, room.id],
  );
  const unseen = useUnseenLine(room);
  const person = useDirectConversation(room.id)?.user;
  const blockedIds = useBlockedIds();
  // Own messages scroll the list down, wherever it is.
  const [sends, setSends] = useState(0);
  const [firstPlace] = useState(state.place);
  const composer = useRef<ComposerHandle>(null);
  const { goal, jumpTo, toLatest } = useJumps(room.id, channel);
  const conversation = useConversationOf(room, person?.gone ?? false, channel, goal, jumpTo, () =>
    composer.current?.focus(),
  );

  // The Lobby is entered by looking; every other room that is shown here is one's own.
  const [enters] = useState(room.membership === null);
  useEffect(() => channel.view(enters), [channel, enters]);

  const { messages } = shownWindow(state);
  const failedForGood = state.status === "failed" && messages.length === 0;

  return (
    <ConversationContext value={conversation}>
      <section className={styles.room} aria-label={t("rooms.conversation", { name: room.name })}>
        {failedForGood ? (
          <div className={styles.placeholder}>
            <ErrorState error={state.error} onRetry={channel.retry} />
          </div>
        ) : state.status === "loading" && messages.length === 0 ? (
          <div className={styles.placeholder}>
            <LoadingLines lines={7} height={44} />
          </div>
        ) : (
          <MessageList
            key={state.place}
            room={room}
            channel={channel}
            state={state}
            entries={entries}
            me={conversation.me}
            unseenAfter={unseen.after}
            sends={sends}
            goal={goal}
            onLatest={toLatest}
            opensAtNew={state.place === firstPlace}
          />
        )}
        <TypingLine roomId={room.id} />
        <CommandNote roomId={room.id} onDismiss={() => composer.current?.focus()} />
        {person?.gone ? (
          <GoneNote name={person.nickname} />
        ) : person && blockedIds.has(person.id) ? (
          <BlockedNote person={person} />
        ) : (
          <Composer
            ref={composer}
            roomName={room.name}
            onSent={() => {
              chat.notices.dismiss(room.id);
              unseen.clear();
              toLatest();
              setSends((count) => count + 1);
            }}
          />
        )}
      </section>
    </ConversationContext>
  );
}

/** Goes to the message that the address names (?m=<seq>), each time it is followed. */
function useJumps(roomId: string, channel: RoomChannel) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const notifyError = useNotifyError();
  const { key } = useLocation();
  const [search] = useSearchParams();
  const asked = Number(search.get("m"));
  const seq = Number.isSafeInteger(asked) && asked > 0 ? asked : null;
  const [goal, setGoal] = useState<Goal | null>(null);
  const failed = useRef({ t, notifyError });
  useEffect(() => {
    failed.current = { t, notifyError };
  });

  useEffect(() => {
    if (seq === null) return;
    channel.jumpTo(seq).then(
      (found) => {
        if (found) setGoal({ seq });
        else notifications.show({ message: failed.current.t("rooms.jumpFailed"), color: "gray" });
      },
      (error: unknown) => {
        failed.current.notifyError(error);
      },
    );
  }, [channel, seq, key]);

  const jumpTo = useCallback(
    (to: number) => {
      void navigate(`/rooms/${roomId}?m=${to}`);
    },
    [navigate, roomId],
  );
  const toLatest = () => {
    setGoal(null);
    channel.toLatest();
    if (seq !== null) void navigate(`/rooms/${roomId}`, { replace: true });
  };
  return { goal, jumpTo, toLatest };
}

function useConversationOf(
  room: Room,
  closed: boolean,
  channel: RoomChannel,
  goal: Goal | null,
  jumpTo: (seq: number) => void,
  focusComposer: () => void,
): Conversation {
  const me = useMe();
  const { id, name, kind, membership, visibility } = room;
  const [writing] = useState(() => new Store<Writing>({ replyTo: null, editing: null }));
  const named = useStore(channel.state).timeline.messages.some(({ mentions }) => mentions.length > 0);
  const past = useStore(channel.state).past?.messages.some(({ mentions }) => mentions.length > 0);
  const names = useNicknames(id, named || past === true);
  const focus = useRef(focusComposer);
  useEffect(() => {
    focus.current = focusComposer;
  });
  const nickname = membership?.nickname ?? me.nickname;
  const role = membership?.role;
  const moderates =
    role === "owner" || role === "moderator" || (me.role === "admin" && visibility === "public");
  const speaks = membership !== null && !closed;
  const target = goal?.seq ?? null;
  const blockedIds = useBlockedIds();
  const blocked = kind === "direct" ? NOBODY : blockedIds;
  return useMemo(
    () => ({
      room: { id, name, kind },
      channel,
      me: { id: me.id, username: me.username, nickname },
      moderates,
      speaks,
      names,
      blocked,
      writing,
      target,
      jumpTo,
      focusComposer: () => {
        focus.current();
      },
    }),
    [
      id,
      name,
      kind,
      channel,
      me.id,
      me.username,
      nickname,
      moderates,
      speaks,
      names,
      blocked,
      writing,
      target,
      jumpTo,
    ],
  );
}
