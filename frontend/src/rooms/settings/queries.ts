/** What changes a room and one's own place in it. Each answer is the room as one sees it then. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, request } from "@/api/client";
import { keys } from "@/api/queries";
import type { Room } from "@/api/types";
import { useChat } from "../ChatProvider";

export interface RoomChange {
  name?: string;
  topic?: string;
  capacity?: number;
  visibility?: "public" | "private";
  slow_mode_seconds?: number;
  members_can_invite?: boolean;
}

const inRoom = (roomId: string) => ({ params: { path: { room_id: roomId } } });

function useRoomMutation<Input>(ask: (input: Input) => Promise<{ room: Room }>) {
  const { rooms } = useChat();
  return useMutation({
    mutationFn: async (input: Input) => (await ask(input)).room,
    onSuccess: (room) => {
      rooms.put(room);
    },
  });
}

export function useUpdateRoom(roomId: string) {
  return useRoomMutation((body: RoomChange) =>
    request(api.PATCH("/api/chat-rooms/{room_id}", { ...inRoom(roomId), body })),
  );
}

export function useSetMuted(roomId: string) {
  return useRoomMutation((muted: boolean) =>
    request(api.PUT("/api/chat-rooms/{room_id}/muted", { ...inRoom(roomId), body: { muted } })),
  );
}

export function useTransferRoom(roomId: string) {
  const queries = useQueryClient();
  const transfer = useRoomMutation((userId: string) =>
    request(api.POST("/api/chat-rooms/{room_id}/transfer", { ...inRoom(roomId), body: { user_id: userId } })),
  );
  return {
    ...transfer,
    mutateAsync: async (userId: string) => {
      const room = await transfer.mutateAsync(userId);
      await queries.invalidateQueries({ queryKey: keys.members(roomId) });
      return room;
    },
  };
}

export function useDeleteRoom(roomId: string) {
  const { rooms } = useChat();
  return useMutation({
    mutationFn: () => request(api.DELETE("/api/chat-rooms/{room_id}", inRoom(roomId))),
    onSuccess: () => {
      rooms.updated({ room_id: roomId, deleted: true });
    },
  });
}
