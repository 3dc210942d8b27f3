import { modals } from "@mantine/modals";
import { notifications } from "@mantine/notifications";
import { useTranslation } from "react-i18next";
import { useNotifyError } from "@/design/useNotifyError";
import { copyText } from "@/lib/clipboard";
import styles from "./MessageToolbar.module.css";
import { useChat } from "./ChatProvider";
import { messagePath, useConversation } from "./conversation";
import type { ShownMessage } from "./grouping";

const DELETABLE: readonly string[] = ["text", "chart", "alert", "system"];

export interface MessageActions {
  readonly may: { readonly speak: boolean; readonly edit: boolean; readonly remove: boolean };
  react: (emoji: string, on: boolean) => void;
  reply: () => void;
  edit: () => void;
  saveEdit: (body: string) => void;
  copy: () => void;
  /** Where a finger that rests on a message opens something else than the selection. */
  selectText: () => void;
  copyLink: () => void;
  remove: () => void;
}

/** What one can do with a message, and what of it one may. */
export function useMessageActions(message: ShownMessage): MessageActions {
  const { t } = useTranslation();
  const { amendments } = useChat();
  const { room, channel, me, moderates, speaks, writing, focusComposer } = useConversation();
  const notifyError = useNotifyError();
  const own = message.author.id === me.id;

  const copied = async (text: string) => {
    const done = await copyText(text);
    notifications.show({
      message: t(done ? "rooms.actions.copied" : "rooms.actions.copyFailed"),
      color: done ? "gray" : "red",
      autoClose: 2_500,
    });
  };

  return {
    may: {
      speak: speaks && !message.deleted,
      edit: speaks && own && message.kind === "text" && !message.deleted,
      remove:
        (own || (moderates && room.kind !== "direct")) &&
        !message.deleted &&
        DELETABLE.includes(message.kind),
    },
    react: (emoji, on) => {
      amendments.react(message.id, emoji, on).catch(notifyError);
    },
    reply: () => {
      writing.set({ replyTo: channel.find(message.id) ?? null, editing: null });
      focusComposer();
    },
    edit: () => {
      writing.update((now) => ({ ...now, editing: { id: message.id } }));
    },
    saveEdit: (body) => {
      writing.update((now) => ({ ...now, editing: null }));
      focusComposer();
      if (body === message.body) return;
      amendments.edit(message.id, body).catch((error: unknown) => {
        writing.update((now) => ({ ...now, editing: { id: message.id, draft: body } }));
        notifyError(error);
      });
    },
    copy: () => void copied(message.body),
    selectText: () => {
      modals.open({
        title: t("rooms.actions.selectText"),
        children: <p className={styles.selectable}>{message.body}</p>,
      });
    },
    copyLink: () =>
      void copied(new URL(messagePath({ room_id: room.id, seq: message.seq }), window.location.origin).href),
    remove: () => {
      modals.openConfirmModal({
        title: t("rooms.actions.removeTitle"),
        children: (
          <p style={{ margin: 0 }}>{t(own ? "rooms.actions.removeOwn" : "rooms.actions.removeOther")}</p>
        ),
        labels: { confirm: t("rooms.actions.remove"), cancel: t("actions.cancel") },
        confirmProps: { color: "red" },
        onConfirm: () => {
          amendments.remove(message.id).catch(notifyError);
        },
      });
    },
  };
}
