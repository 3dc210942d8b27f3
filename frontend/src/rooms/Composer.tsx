import { ActionIcon, Textarea } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconArrowUp } from "@tabler/icons-react";
import { type KeyboardEvent, type Ref, useEffect, useId, useImperativeHandle, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useTranslation } from "react-i18next";
import { readItem, writeItem } from "@/lib/storage";
import { useStore } from "@/lib/store";
import { useChat } from "./ChatProvider";
import { CompletionList, optionId } from "./CompletionList";
import styles from "./Composer.module.css";
import { ReplyBanner } from "./ReplyBanner";
import { type Choice, complete, isWhole, triggerAt } from "./completion";
import { MAX_BODY, isComposing } from "./composing";
import { useConversation } from "./conversation";
import { OwnTyping } from "./typing";
import { useCompletions } from "./useCompletions";

export interface ComposerHandle {
  focus: () => void;
}

interface Props {
  ref?: Ref<ComposerHandle>;
  roomName: string;
  onSent: () => void;
}

/** From here on the writer is told how much is left. */
const COUNT_FROM = MAX_BODY - 500;

export function Composer({ ref, roomName, onSent }: Props) {
  const { t } = useTranslation();
  const chat = useChat();
  const { room, channel, writing } = useConversation();
  const draftKey = `fieldroom.draft.${chat.me.id}.${room.id}`;
  const [text, setText] = useState(() => readItem(sessionStorage, draftKey) ?? "");
  const area = useRef<HTMLTextAreaElement>(null);
  const [typing] = useState(
    () =>
      new OwnTyping((event) => {
        chat.connection.tell(event, { room_id: room.id });
      }),
  );
  const { replyTo } = useStore(writing);
  const completion = useCompletion(text);
  // On a phone this would open the keyboard over the messages that one came to read.
  const finePointer = useMediaQuery("(pointer: fine)", undefined, { getInitialValueInEffect: false });

  useImperativeHandle(ref, () => ({ focus: () => area.current?.focus() }), []);
  useEffect(() => {
    if (finePointer) area.current?.focus();
  }, [finePointer]);
  useEffect(
    () => () => {
      typing.stop();
    },
    [typing],
  );

  const length = Array.from(text).length;
  const sendable = text.trim() !== "" && length <= MAX_BODY;

  const write = (next: string) => {
    setText(next);
    writeItem(sessionStorage, draftKey, next || null);
    if (next.trim()) typing.typed();
    else typing.stop();
  };

  const send = () => {
    if (!sendable) return;
    chat.outbox.write(room.id, text.trim(), replyTo?.id);
    writing.update((now) => ({ ...now, replyTo: null }));
    typing.sent();
    setText("");
    completion.moved(0);
    writeItem(sessionStorage, draftKey, null);
    onSent();
    area.current?.focus();
  };

  const choose = (choice: Choice) => {
    if (!completion.trigger) return;
    const completed = complete(text, completion.trigger, choice);
    // The field holds the new text before the next key comes, which would be typed in front of it.
    flushSync(() => {
      write(completed.text);
      completion.moved(completed.caret);
    });
    area.current?.focus();
    area.current?.setSelectionRange(completed.caret, completed.caret);
  };

  /** Opens one's last message for editing; false where there is none. */
  const editLast = (): boolean => {
    const last = channel.state
      .get()
      .timeline.messages.findLast(
        ({ author, kind, deleted }) => author.id === chat.me.id && kind === "text" && !deleted,
      );
    if (!last) return false;
    channel.toLatest();
    writing.update((now) => ({ ...now, editing: { id: last.id } }));
    return true;
  };

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (isComposing(event) || completion.onKeyDown(event, choose)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === "ArrowUp" && text === "") {
      if (editLast()) event.preventDefault();
    } else if (event.key === "Escape" && replyTo) {
      writing.update((now) => ({ ...now, replyTo: null }));
    }
  };

  return (
    <form
      className={styles.composer}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {completion.open && (
        <CompletionList
          id={completion.listId}
          choices={completion.choices}
          current={completion.current}
          onChoose={choose}
        />
      )}
      {replyTo && (
        <ReplyBanner
          message={replyTo}
          onCancel={() => {
            writing.update((now) => ({ ...now, replyTo: null }));
            area.current?.focus();
          }}
        />
      )}
      <div className={styles.box}>
        <Textarea
          ref={area}
          className={styles.field}
          classNames={{ input: styles.input }}
          variant="unstyled"
          aria-label={t("rooms.composer.label")}
          placeholder={t("rooms.composer.placeholder", { name: roomName })}
          autosize
          minRows={1}
          maxRows={8}
          enterKeyHint="send"
          value={text}
          aria-invalid={length > MAX_BODY}
          {...completion.field}
          onChange={(event) => {
            completion.moved(event.currentTarget.selectionStart);
            write(event.currentTarget.value);
          }}
          onSelect={(event) => {
            completion.moved(event.currentTarget.selectionStart);
          }}
          onKeyDown={onKeyDown}
          onBlur={() => {
            typing.stop();
            completion.close();
          }}
        />
        {length > COUNT_FROM && (
          <span className={styles.count} data-over={length > MAX_BODY} role="status">
            {length > MAX_BODY
              ? t("rooms.composer.over", { count: length - MAX_BODY })
              : t("rooms.composer.left", { count: MAX_BODY - length })}
          </span>
        )}
        <ActionIcon
          type="submit"
          size={34}
          radius="md"
          className={styles.send}
          aria-label={t("rooms.composer.send")}
          aria-disabled={!sendable}
          data-ready={sendable}
        >
          <IconArrowUp size={19} stroke={2.2} />
        </ActionIcon>
      </div>
    </form>
  );
}

/** What is offered for the word at the caret, and which of it is chosen by the keyboard. */
function useCompletion(text: string) {
  const listId = useId();
  const [caret, setCaret] = useState(0);
  /** The word for which it was closed: it opens again for the next one. */
  const [closedFor, setClosedFor] = useState<string | null>(null);
  const [chosen, setChosen] = useState(0);
  const trigger = triggerAt(text, caret);
  const word = trigger && `${trigger.kind} ${trigger.from}`;
  const active = word !== null && word !== closedFor ? trigger : null;
  const choices = useCompletions(active);
  const open = active !== null && choices.length > 0;
  const current = Math.min(chosen, choices.length - 1);

  const close = () => {
    setClosedFor(word);
  };
  return {
    trigger: active,
    open,
    choices,
    current,
    listId,
    close,
    moved: (to: number) => {
      setCaret(to);
      setChosen(0);
      if (triggerAt(text, to) === null) setClosedFor(null);
    },
    /** What the field is while something is offered: a combobox with its list. Else it is a text box like any other. */
    field: open
      ? ({
          role: "combobox",
          "aria-expanded": true,
          "aria-autocomplete": "list",
          "aria-controls": listId,
          "aria-activedescendant": optionId(listId, current),
        } as const)
      : {},
    /** Whether the key was for what is offered. */
    onKeyDown: (event: KeyboardEvent, choose: (choice: Choice) => void): boolean => {
      const choice = choices[current];
      if (!open || !choice) return false;
      switch (event.key) {
        case "ArrowDown":
        case "ArrowUp":
          setChosen((current + (event.key === "ArrowDown" ? 1 : choices.length - 1)) % choices.length);
          break;
        case "Enter":
          if (event.shiftKey || isWhole(active, choices)) return false;
          choose(choice);
          break;
        case "Tab":
          if (event.shiftKey) return false;
          choose(choice);
          break;
        case "Escape":
          close();
          break;
        default:
          return false;
      }
      event.preventDefault();
      event.stopPropagation();
      return true;
    },
  };
}
