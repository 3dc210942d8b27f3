/** The members of a room, who is kept out of it and who is asked into it. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { allPages, api, request } from "@/api/client";
import { keys } from "@/api/queries";
import type { Ban, Invitation } from "@/api/types";

const inRoom = (roomId: string) => ({ params: { path: { room_id: roomId } } });
const PAGE = 50;

/** The members by role and nickname, a page at a time; `query`: whose nickname begins so. */
export function useMemberPages(roomId: string, query: string) {
  return useInfiniteQuery({
    queryKey: keys.memberPages(roomId, query),
    queryFn: ({ pageParam }) =>
      request(
        api.GET("/api/chat-rooms/{room_id}/members", {
          params: {
            path: { room_id: roomId },
            query: { limit: PAGE, ...(query && { q: query }), ...(pageParam && { cursor: pageParam }) },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export function useBans(roomId: string) {
  return useQuery({
    queryKey: keys.bans(roomId),
    queryFn: () =>
      allPages<Ban>((cursor) =>
        request(
          api.GET("/api/chat-rooms/{room_id}/bans", {
            params: { path: { room_id: roomId }, query: { limit: 100, ...(cursor && { cursor }) } },
          }),
        ),
      ),
    staleTime: 0,
  });
}

/** Who is invited and has not answered; for members without rank, those whom they invited themselves. */
export function useRoomInvitations(roomId: string) {
  return useQuery({
    queryKey: keys.roomInvitations(roomId),
    queryFn: () =>
      allPages<Invitation>((cursor) =>
        request(
          api.GET("/api/chat-rooms/{room_id}/invitations", {
            params: { path: { room_id: roomId }, query: { limit: 100, ...(cursor && { cursor }) } },
          }),
        ),
      ),
    staleTime: 0,
  });
}

/** A change to who is in a room; makes the lists of it stale. */
function usePeopleOfRoom<Input, Output>(
  roomId: string,
  mutationFn: (input: Input) => Promise<Output>,
  onError?: (error: unknown) => void,
) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn,
    ...(onError && { onError }),
    onSettled: async () => {
      await Promise.all(
        [keys.members(roomId), keys.bans(roomId), keys.roomInvitations(roomId)].map((queryKey) =>
          queries.invalidateQueries({ queryKey }),
        ),
      );
    },
  });
}

export function useSetRole(roomId: string, onError: (error: unknown) => void) {
  return usePeopleOfRoom(
    roomId,
    ({ userId, role }: { userId: string; role: "moderator" | "member" }) =>
      request(
        api.PUT("/api/chat-rooms/{room_id}/members/{user_id}/role", {
          params: { path: { room_id: roomId, user_id: userId } },
          body: { role },
        }),
      ),
    onError,
  );
}

export function useKick(roomId: string, onError: (error: unknown) => void) {
  return usePeopleOfRoom(
    roomId,
    (userId: string) =>
      request(api.POST("/api/chat-rooms/{room_id}/kick", { ...inRoom(roomId), body: { user_id: userId } })),
    onError,
  );
}

export interface NewBan {
  user_id: string;
  reason: string;
  /** When it ends; left out for good. */
  until?: string;
}

export function useBan(roomId: string) {
  return usePeopleOfRoom(roomId, (body: NewBan) =>
    request(api.POST("/api/chat-rooms/{room_id}/bans", { ...inRoom(roomId), body })),
  );
}

export function useUnban(roomId: string) {
  return usePeopleOfRoom(roomId, (userId: string) =>
    request(
      api.DELETE("/api/chat-rooms/{room_id}/bans/{user_id}", {
        params: { path: { room_id: roomId, user_id: userId } },
      }),
    ),
  );
}

export function useInvite(roomId: string) {
  return usePeopleOfRoom(roomId, async (username: string) => {
    const { invitation } = await request(
      api.POST("/api/chat-rooms/{room_id}/invitations", { ...inRoom(roomId), body: { username } }),
    );
    return invitation;
  });
}

export function useTakeBackInvitation(roomId: string) {
  return usePeopleOfRoom(roomId, (userId: string) =>
    request(
      api.DELETE("/api/chat-rooms/{room_id}/invitations/{user_id}", {
        params: { path: { room_id: roomId, user_id: userId } },
      }),
    ),
  );
}
