import {
  type FocusEvent,
  type MouseEvent,
  type PointerEvent,
  type TouchEvent,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { useTranslation } from "react-i18next";
import { clockTime, fullTime } from "@/lib/time";
import { useChat } from "./ChatProvider";
import { FailedEcho } from "./FailedEcho";
import { MessageBody } from "./MessageBody";
import { MessageEditor } from "./MessageEditor";
import styles from "./MessageRow.module.css";
import { MessageSheet, MessageToolbar } from "./MessageToolbar";
import { Reactions } from "./Reactions";
import { ReplyQuote } from "./ReplyQuote";
import { amended } from "./amendments";
import { useConversation } from "./conversation";
import type { ShownMessage } from "./grouping";
import type { OutboxEntry } from "./outbox";

const HOLD_MS = 450;
/** A finger that moves further than this scrolls. */
const HOLD_SLACK_PX = 10;

interface Props {
  message: ShownMessage;
  echo: OutboxEntry | undefined;
  /** Whether its author and time stand above it. */
  first: boolean;
}

/** One message with everything that belongs to it. */
export function MessageRow({ message: stored, echo, first }: Props) {
  const { i18n } = useTranslation();
  const { me, writing, target } = useConversation();
  const { amendments } = useChat();
  const amendment = useSyncExternalStore(amendments.pending.subscribe, () =>
    amendments.pending.get().get(stored.id),
  );
  const message = amended(stored, amendment, me.id);
  const editing = useSyncExternalStore(writing.subscribe, () => {
    const open = writing.get().editing;
    return open?.id === stored.id ? open : null;
  });
  const { reached, ...reach } = useReach();
  const [open, setOpen] = useState(false);
  const [sheet, setSheet] = useState(false);
  const hold = useHold(() => {
    setSheet(true);
  });
  const here = !echo && !message.deleted;
  const meansMe = message.author.id !== me.id && (message.mentions_room || message.mentions.includes(me.id));

  return (
    <div
      className={styles.row}
      data-seq={echo ? undefined : message.seq}
      data-echo={echo?.state}
      data-means-me={meansMe || undefined}
      data-target={target === message.seq || undefined}
      data-row
      tabIndex={-1}
      {...reach}
      {...(here && hold)}
    >
      {!first && <Moment at={message.created_at} locale={i18n.language} className={styles.gutterTime} />}
      {message.reply_to !== null && !message.deleted && <ReplyQuote messageId={message.reply_to} />}
      {editing && here ? (
        <MessageEditor message={message} draft={editing.draft} />
      ) : (
        <MessageBody
          message={message}
          pending={(echo !== undefined && echo.state !== "failed") || amendment?.body !== undefined}
        />
      )}
      {echo?.state === "failed" && <FailedEcho entry={echo} />}
      <Reactions message={message} />
      {here && !editing && (reached || open) && <MessageToolbar message={message} onOpen={setOpen} />}
      {sheet && here && (
        <MessageSheet
          message={message}
          onClose={() => {
            setSheet(false);
          }}
        />
      )}
    </div>
  );
}

/** Whether the pointer is over something, or the focus in it. A finger is neither: it holds. */
function useReach() {
  const [hovered, setHovered] = useState(false);
  const [focused, setFocused] = useState(false);
  return {
    reached: hovered || focused,
    onPointerEnter: (event: PointerEvent) => {
      if (event.pointerType !== "touch") setHovered(true);
    },
    onPointerLeave: () => {
      setHovered(false);
    },
    onFocus: (event: FocusEvent) => {
      // Not in what opens from it, whose events come here too.
      if (event.currentTarget.contains(event.target) && event.target.matches(":focus-visible")) {
        setFocused(true);
      }
    },
    onBlur: (event: FocusEvent) => {
      if (!event.currentTarget.contains(event.relatedTarget)) setFocused(false);
    },
  };
}

/** Calls `onHold` when a finger rests on something. */
function useHold(onHold: () => void) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const from = useRef({ x: 0, y: 0 });
  const touched = useRef(false);
  const held = useRef(false);
  const stop = () => {
    clearTimeout(timer.current);
  };
  useEffect(() => stop, []);
  return {
    onPointerDown: (event: PointerEvent) => {
      touched.current = event.pointerType === "touch";
      held.current = false;
      if (!touched.current) return;
      from.current = { x: event.clientX, y: event.clientY };
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        held.current = true;
        onHold();
      }, HOLD_MS);
    },
    onPointerMove: (event: PointerEvent) => {
      const { x, y } = from.current;
      if (Math.hypot(event.clientX - x, event.clientY - y) > HOLD_SLACK_PX) stop();
    },
    onPointerUp: stop,
    onPointerCancel: stop,
    onTouchEnd: (event: TouchEvent) => {
      // Else the finger that is lifted would press what has opened under it.
      if (held.current) event.preventDefault();
    },
    onContextMenu: (event: MouseEvent) => {
      if (touched.current) event.preventDefault();
    },
  };
}

interface MomentProps {
  at: string;
  locale: string;
  className: string | undefined;
}

export function Moment({ at, locale, className }: MomentProps) {
  const moment = new Date(at);
  return (
    <time className={className} dateTime={at} title={fullTime(moment, locale)}>
      {clockTime(moment, locale)}
    </time>
  );
}
