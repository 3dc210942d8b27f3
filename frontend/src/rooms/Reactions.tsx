import { Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Reaction } from "@/api/types";
import styles from "./Reactions.module.css";
import { useConversation } from "./conversation";
import type { ShownMessage } from "./grouping";
import { isMine } from "./reactions";
import { useMessageActions } from "./useMessageActions";
import { useNicknames } from "./useNicknames";

/** How people have reacted, each emoji with their number. A click adds one's own, or takes it back. */
export function Reactions({ message }: { message: ShownMessage }) {
  const { t } = useTranslation();
  const { me, speaks } = useConversation();
  const { react } = useMessageActions(message);
  if (message.reactions.length === 0 || message.deleted) return null;
  return (
    <div className={styles.row} role="group" aria-label={t("rooms.reactions.label")}>
      {message.reactions.map((reaction) => {
        const mine = isMine(reaction, me.id);
        return (
          <Tooltip key={reaction.emoji} label={<Names reaction={reaction} />} multiline maw={260}>
            <button
              type="button"
              className={styles.reaction}
              aria-pressed={mine}
              aria-label={t("rooms.reactions.one", { emoji: reaction.emoji, count: reaction.count })}
              disabled={!speaks}
              onClick={() => {
                react(reaction.emoji, !mine);
              }}
            >
              <span aria-hidden>{reaction.emoji}</span>
              <span className={styles.count}>{reaction.count}</span>
            </button>
          </Tooltip>
        );
      })}
    </div>
  );
}

/** Who reacted so; the names are asked for when somebody wants to know. */
function Names({ reaction: { emoji, user_ids: ids, count } }: { reaction: Reaction }) {
  const { t, i18n } = useTranslation();
  const { me, room } = useConversation();
  const names = useNicknames(room.id, true);
  const known = ids.flatMap((id) => (id === me.id ? [t("rooms.reactions.you")] : (names.get(id) ?? [])));
  const others = count - known.length;
  const all = others > 0 ? [...known, t("rooms.reactions.others", { count: others })] : known;
  return <>{`${emoji} ${new Intl.ListFormat(i18n.language).format(all)}`}</>;
}
