import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Room } from "@/api/types";
import { useMe } from "@/auth/session";
import { ErrorState, LoadingLines } from "@/design/States";
import { useStore } from "@/lib/store";
import { useChat } from "./ChatProvider";
import { Composer } from "./Composer";
import { MessageList } from "./MessageList";
import styles from "./RoomView.module.css";
import { TypingLine } from "./TypingLine";
import { useUnseenLine } from "./useUnseenLine";

/** A conversation: what was said, who is writing, and the place to write. */
export function RoomView({ room }: { room: Room }) {
  const { t } = useTranslation();
  const chat = useChat();
  const me = useMe();
  const channel = chat.channel(room.id);
  const state = useStore(channel.state);
  const allEntries = useStore(chat.outbox.entries);
  const entries = useMemo(
    () => allEntries.filter((entry) => entry.roomId === room.id),
    [allEntries, room.id],
  );
  const unseen = useUnseenLine(room);
  // Own messages scroll the list down, wherever it is.
  const [sends, setSends] = useState(0);

  useEffect(() => channel.view(), [channel]);

  const nickname = room.membership?.nickname ?? me.nickname;
  const failedForGood = state.status === "failed" && state.timeline.messages.length === 0;

  return (
    <section className={styles.room} aria-label={t("rooms.conversation", { name: room.name })}>
      {failedForGood ? (
        <div className={styles.placeholder}>
          <ErrorState error={state.error} onRetry={channel.retry} />
        </div>
      ) : state.status === "loading" && state.timeline.messages.length === 0 ? (
        <div className={styles.placeholder}>
          <LoadingLines lines={7} height={44} />
        </div>
      ) : (
        <MessageList
          room={room}
          channel={channel}
          state={state}
          entries={entries}
          me={{ id: me.id, username: me.username, nickname }}
          unseenAfter={unseen.after}
          sends={sends}
        />
      )}
      <TypingLine roomId={room.id} />
      <Composer
        roomId={room.id}
        roomName={room.name}
        onSent={() => {
          unseen.clear();
          setSends((count) => count + 1);
        }}
      />
    </section>
  );
}
