import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { allPages, api, request } from "@/api/client";
import { keys } from "@/api/queries";
import type { Member } from "@/api/types";
import { useChat } from "./ChatProvider";
import { roomsQuery } from "./roomsQuery";

export function useRooms() {
  return useQuery(roomsQuery);
}

/** One room, out of the list where it is in there. */
export function useRoom(roomId: string) {
  const rooms = useRooms();
  const listed = rooms.data?.find((room) => room.id === roomId);
  const single = useQuery({
    queryKey: keys.room(roomId),
    queryFn: async () => {
      const { room } = await request(
        api.GET("/api/chat-rooms/{room_id}", { params: { path: { room_id: roomId } } }),
      );
      return room;
    },
    enabled: rooms.isFetched && !listed,
  });
  return listed
    ? { room: listed, error: null, refetch: rooms.refetch }
    : { room: single.data, error: single.error, refetch: single.refetch };
}

export function useMembers(roomId: string, wanted = true) {
  return useQuery({
    queryKey: keys.members(roomId),
    enabled: wanted,
    queryFn: () =>
      allPages<Member>((cursor) =>
        request(
          api.GET("/api/chat-rooms/{room_id}/members", {
            params: { path: { room_id: roomId }, query: { limit: 100, ...(cursor && { cursor }) } },
          }),
        ),
      ),
  });
}

export interface NewRoom {
  name: string;
  capacity: number;
  visibility: "public" | "private";
}

export function useCreateRoom() {
  const { rooms } = useChat();
  return useMutation({
    mutationFn: async (body: NewRoom) => {
      const { room } = await request(api.POST("/api/chat-rooms", { body }));
      return room;
    },
    onSuccess: (room) => {
      rooms.put(room);
    },
  });
}

export function useJoinRoom(roomId: string) {
  const { rooms } = useChat();
  return useMutation({
    mutationFn: async (nickname: string) => {
      const { room } = await request(
        api.POST("/api/chat-rooms/{room_id}/join", {
          params: { path: { room_id: roomId } },
          body: nickname ? { nickname } : {},
        }),
      );
      return room;
    },
    onSuccess: (room) => {
      rooms.put(room);
    },
  });
}

export function useLeaveRoom(roomId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () =>
      request(api.POST("/api/chat-rooms/{room_id}/leave", { params: { path: { room_id: roomId } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.rooms }),
  });
}
