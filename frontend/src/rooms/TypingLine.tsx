import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { useChat } from "./ChatProvider";
import { useConversation } from "./conversation";
import styles from "./TypingLine.module.css";

/** Who is writing. It always takes its line, so that nothing jumps when somebody starts. */
export function TypingLine({ roomId }: { roomId: string }) {
  const { t } = useTranslation();
  const { typing } = useChat();
  const { blocked } = useConversation();
  const typists = useSyncExternalStore(typing.subscribe, () => typing.in(roomId)).filter(
    ({ userId }) => !blocked.has(userId),
  );
  const [first, second] = typists;
  const text =
    typists.length > 2
      ? t("rooms.typing.several")
      : first && second
        ? t("rooms.typing.two", { first: first.nickname, second: second.nickname })
        : first
          ? t("rooms.typing.one", { name: first.nickname })
          : "";
  return (
    <div className={styles.line} role="status" aria-live="polite">
      {text && (
        <>
          <span className={styles.dots} aria-hidden>
            <i />
            <i />
            <i />
          </span>
          {text}
        </>
      )}
    </div>
  );
}
