import { IconArrowBackUp } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { api, request } from "@/api/client";
import { keys } from "@/api/queries";
import type { Message } from "@/api/types";
import { plainText } from "@/markdown/Markdown";
import styles from "./ReplyQuote.module.css";
import { useConversation } from "./conversation";

/** What a message answers: whose, and its beginning. It leads there. */
export function ReplyQuote({ messageId }: { messageId: string }) {
  const { t } = useTranslation();
  const { jumpTo, blocked } = useConversation();
  const { message, failed } = useMessage(messageId);
  if (!message) {
    return <div className={styles.quote}>{failed ? t("rooms.reply.gone") : "…"}</div>;
  }
  const folded = blocked.has(message.author.id);
  return (
    <button
      type="button"
      className={styles.quote}
      aria-label={
        folded
          ? t("rooms.blocked.one")
          : t("rooms.reply.jump", { name: message.nickname, text: firstLine(message) })
      }
      onClick={() => {
        jumpTo(message.seq);
      }}
    >
      <IconArrowBackUp size={14} className={styles.icon} aria-hidden />
      {!folded && <span className={styles.name}>{message.nickname}</span>}
      <span className={styles.text} data-deleted={message.deleted || folded}>
        {folded ? t("rooms.blocked.one") : message.deleted ? t("rooms.deleted") : firstLine(message)}
      </span>
    </button>
  );
}

const SHOWN_CHARACTERS = 400;

/** The beginning of a text, without its marks, on one line. */
export function firstLine({ body }: Pick<Message, "body">): string {
  return plainText(body.slice(0, SHOWN_CHARACTERS));
}

/** A message by its id: out of what is here, or asked for. */
function useMessage(messageId: string): { message: Message | undefined; failed: boolean } {
  const { channel } = useConversation();
  const here = useSyncExternalStore(channel.state.subscribe, () => channel.find(messageId));
  const asked = useQuery({
    queryKey: keys.message(messageId),
    queryFn: async () => {
      const params = { path: { message_id: messageId } };
      return (await request(api.GET("/api/messages/{message_id}", { params }))).message;
    },
    enabled: !here,
  });
  return { message: here ?? asked.data, failed: asked.isError };
}
