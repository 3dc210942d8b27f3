/** What concerns one: notices, the count of unread ones, and the invitations that wait. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { allPages, api, request } from "@/api/client";
import { keys } from "@/api/queries";
import type { Invitation } from "@/api/types";
import { useDirectConversations } from "@/direct/queries";
import { useChat } from "@/rooms/ChatProvider";

const PAGE = 20;

/** One's notices, newest first. */
export function useNotices() {
  return useInfiniteQuery({
    queryKey: keys.notices,
    queryFn: ({ pageParam }) =>
      request(
        api.GET("/api/notifications", {
          params: { query: { limit: PAGE, ...(pageParam && { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

/** How many of one's notices are unread. */
export function useUnreadNotices(): number {
  const { data } = useQuery({
    queryKey: keys.unreadNotices,
    queryFn: async () => {
      const { unread } = await request(api.GET("/api/notifications", { params: { query: { limit: 1 } } }));
      return unread;
    },
  });
  return data ?? 0;
}

/** How much waits for one: unread notices and private messages. */
export function useWaiting(): number {
  const notices = useUnreadNotices();
  const conversations = useDirectConversations();
  const messages = conversations.data?.reduce(
    (sum, { room, unread }) => sum + (room.membership?.muted ? 0 : unread),
    0,
  );
  return notices + (messages ?? 0);
}

/** Both answers are pushed to all of one's devices, this one too. */
export function useReadNotice() {
  return useMutation({
    mutationFn: (id: string) =>
      request(
        api.POST("/api/notifications/{notification_id}/read", { params: { path: { notification_id: id } } }),
      ),
  });
}

export function useReadAllNotices() {
  return useMutation({ mutationFn: () => request(api.POST("/api/notifications/read-all")) });
}

/** The rooms that one is invited to. */
export function useInvitations() {
  return useQuery({
    queryKey: keys.invitations,
    queryFn: () =>
      allPages<Invitation>((cursor) =>
        request(
          api.GET("/api/chat-rooms/invitations", {
            params: { query: { limit: 100, ...(cursor && { cursor }) } },
          }),
        ),
      ),
  });
}

/** Joins a room that one is invited to, under one's usual name or one like it. */
export function useAcceptInvitation() {
  const { rooms } = useChat();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (roomId: string) => {
      const { room } = await request(
        api.POST("/api/chat-rooms/{room_id}/join", { params: { path: { room_id: roomId } }, body: {} }),
      );
      return room;
    },
    onSuccess: (room) => {
      rooms.put(room);
      return queries.invalidateQueries({ queryKey: keys.invitations });
    },
  });
}

export function useDeclineInvitation() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ roomId, myId }: { roomId: string; myId: string }) =>
      request(
        api.DELETE("/api/chat-rooms/{room_id}/invitations/{user_id}", {
          params: { path: { room_id: roomId, user_id: myId } },
        }),
      ),
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: keys.invitations }),
        queries.invalidateQueries({ queryKey: keys.notices }),
      ]),
  });
}
