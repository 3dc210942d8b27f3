import { ActionIcon, Textarea } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconArrowUp } from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { readItem, writeItem } from "@/lib/storage";
import { useChat } from "./ChatProvider";
import styles from "./Composer.module.css";
import { OwnTyping } from "./typing";

interface Props {
  roomId: string;
  roomName: string;
  onSent: () => void;
}

export const MAX_BODY = 8_000;
/** From here on the writer is told how much is left. */
const COUNT_FROM = MAX_BODY - 500;

export function Composer({ roomId, roomName, onSent }: Props) {
  const { t } = useTranslation();
  const chat = useChat();
  const draftKey = `fieldroom.draft.${chat.me.id}.${roomId}`;
  const [text, setText] = useState(() => readItem(sessionStorage, draftKey) ?? "");
  const area = useRef<HTMLTextAreaElement>(null);
  const [typing] = useState(
    () =>
      new OwnTyping((event) => {
        chat.connection.tell(event, { room_id: roomId });
      }),
  );
  // On a phone this would open the keyboard over the messages that one came to read.
  const finePointer = useMediaQuery("(pointer: fine)", undefined, { getInitialValueInEffect: false });

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
    chat.outbox.write(roomId, text.trim());
    typing.sent();
    setText("");
    writeItem(sessionStorage, draftKey, null);
    onSent();
    area.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === "Enter" && !event.shiftKey && !isComposing(event)) {
      event.preventDefault();
      send();
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
          onChange={(event) => {
            write(event.currentTarget.value);
          }}
          onKeyDown={onKeyDown}
          onBlur={() => {
            typing.stop();
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

/**
 * Whether this Enter belongs to an input method, which ends a composition with it. Safari says so only by the key code:
 * there the composition has ended before the key arrives.
 */
export function isComposing(event: KeyboardEvent): boolean {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- 229 is how Safari marks keys of an input method
  return event.nativeEvent.isComposing || event.keyCode === 229;
}
