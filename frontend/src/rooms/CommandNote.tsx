import { CloseButton } from "@mantine/core";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "@/lib/store";
import { useChat } from "./ChatProvider";
import styles from "./CommandNote.module.css";

/** What a command answered, above the place where it was typed, until it is dismissed or one goes elsewhere. */
export function CommandNote({ roomId, onDismiss }: { roomId: string; onDismiss: () => void }) {
  const { t } = useTranslation();
  const { notices } = useChat();
  const told = useStore(notices.last);
  useEffect(
    () => () => {
      notices.dismiss(roomId);
    },
    [notices, roomId],
  );
  const notice = told?.roomId === roomId ? told.notice : null;
  return (
    // Always there: what is put into it is read out.
    <div role="status">
      {notice && (
        <section className={styles.note} data-level={notice.level} aria-label={`/${notice.command}`}>
          {/* A region that scrolls must be reachable by keyboard. */}
          <div className={styles.scroll} tabIndex={0} role="group" aria-label={`/${notice.command}`}>
            <span className={styles.command}>/{notice.command}</span>
            <p className={styles.text}>{notice.text}</p>
          </div>
          <CloseButton
            aria-label={t("rooms.composer.dismiss")}
            onClick={() => {
              notices.dismiss(roomId);
              onDismiss();
            }}
          />
        </section>
      )}
    </div>
  );
}
