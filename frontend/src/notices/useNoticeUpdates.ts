import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { keys } from "@/api/queries";
import { useMe } from "@/auth/session";
import { useDirectConversations } from "@/direct/queries";
import { useBlockedIds } from "@/people/queries";
import { useConnected, useServerEvent } from "@/realtime/RealtimeProvider";
import { showOnDesktop } from "./desktop";
import { type NoticePages, withNew, withRead, without } from "./noticeCache";
import { noticeLink } from "./noticeLink";
import { useNoticeText } from "./useNoticeText";

/** Keeps notices and invitations in step with the server, and shows new ones on the desktop where that is wanted. */
export function useNoticeUpdates(): void {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const me = useMe();
  const textOf = useNoticeText();
  const conversations = useDirectConversations();
  const blocked = useBlockedIds();

  const refetch = () => {
    for (const queryKey of [keys.notices, keys.unreadNotices, keys.invitations])
      void queries.invalidateQueries({ queryKey });
  };
  const change = (how: (pages: NoticePages) => NoticePages) => {
    queries.setQueryData<NoticePages>(keys.notices, (pages) => pages && how(pages));
  };

  useServerEvent("new_notification", ({ notification }) => {
    // The server neither lists nor counts what blocked people did.
    if (notification.actor && blocked.has(notification.actor.id)) return;
    change((pages) => withNew(pages, notification));
    if (queries.getQueryData(keys.unreadNotices) === undefined) {
      // The count that is on its way may be from before this notice.
      void queries.invalidateQueries({ queryKey: keys.unreadNotices });
    } else {
      queries.setQueryData<number>(keys.unreadNotices, (count) => (count ?? 0) + 1);
    }
    showOnDesktop({
      tag: notification.id,
      title: textOf(notification),
      body: notification.excerpt ?? "",
      onOpen: () => void navigate(noticeLink(notification) ?? "/notifications"),
    });
  });
  useServerEvent("notifications_read", ({ id, unread }) => {
    change((pages) => withRead(pages, id));
    queries.setQueryData<number>(keys.unreadNotices, unread);
  });
  useServerEvent("notification_withdrawn", ({ id, read }) => {
    change((pages) => without(pages, id));
    if (read) return;
    queries.setQueryData<number>(keys.unreadNotices, (count) =>
      count !== undefined ? Math.max(0, count - 1) : undefined,
    );
  });
  // What notices say of a room goes with one's place in it.
  useServerEvent("room_updated", ({ deleted, membership }) => {
    if (deleted || membership === null) refetch();
  });
  // A private message is no notice: its conversation bears the badge.
  useServerEvent("new_message", ({ message }) => {
    if (message.author.id === me.id) return;
    const conversation = conversations.data?.find(({ room }) => room.id === message.room_id);
    if (!conversation || conversation.room.membership?.muted) return;
    showOnDesktop({
      tag: message.id,
      title: conversation.user?.nickname ?? message.nickname,
      body: message.body,
      onOpen: () => void navigate(`/rooms/${message.room_id}?m=${message.seq}`),
    });
  });
  // What ends (a request answered, an invitation taken back) takes its notice with it.
  useServerEvent("room_invitation", refetch);
  useServerEvent("friend_request", refetch);
  useConnected(refetch);
}
