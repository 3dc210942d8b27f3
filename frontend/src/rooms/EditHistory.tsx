import { modals } from "@mantine/modals";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { allPages, api, request } from "@/api/client";
import { keys } from "@/api/queries";
import { ErrorState, LoadingLines } from "@/design/States";
import { fullTime } from "@/lib/time";
import { Markdown } from "@/markdown/Markdown";
import styles from "./EditHistory.module.css";
import { useConversation } from "./conversation";
import type { ShownMessage } from "./grouping";

interface EarlierText {
  version: number;
  body: string;
  replaced_at: string;
}

/** Says that a text was changed; whoever may see what it was opens that from here. */
export function EditedMark({ message }: { message: ShownMessage }) {
  const { t, i18n } = useTranslation();
  const { me, moderates } = useConversation();
  const { edited_at: editedAt } = message;
  if (editedAt === null) return null;
  const when = fullTime(new Date(editedAt), i18n.language);
  if (message.author.id !== me.id && !moderates) {
    return (
      <span className={styles.mark} title={when}>
        {" "}
        {t("rooms.edited")}
      </span>
    );
  }
  return (
    <>
      {" "}
      <button
        type="button"
        className={styles.mark}
        title={when}
        aria-label={t("rooms.history.open")}
        onClick={() => {
          modals.open({
            title: t("rooms.history.title"),
            size: "lg",
            children: <EditHistory messageId={message.id} editedAt={editedAt} />,
          });
        }}
      >
        {t("rooms.edited")}
      </button>
    </>
  );
}

function EditHistory({ messageId, editedAt }: { messageId: string; editedAt: string }) {
  const { t, i18n } = useTranslation();
  const { data, error, refetch } = useQuery({
    queryKey: keys.edits(messageId, editedAt),
    queryFn: () =>
      allPages<EarlierText>((cursor) =>
        request(
          api.GET("/api/messages/{message_id}/edits", {
            params: { path: { message_id: messageId }, query: { limit: 100, ...(cursor && { cursor }) } },
          }),
        ),
      ),
  });
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <LoadingLines lines={2} />;
  return (
    <ol className={styles.list}>
      {data.toReversed().map(({ version, body, replaced_at: until }) => (
        <li key={version}>
          <span className={styles.until}>
            {t("rooms.history.until", { time: fullTime(new Date(until), i18n.language) })}
          </span>
          <Markdown text={body} />
        </li>
      ))}
    </ol>
  );
}
