import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, request } from "@/api/client";
import { keys } from "@/api/queries";
import type { Conversation } from "@/api/types";
import { newClientId } from "@/lib/ids";
import { Throttle } from "@/lib/throttle";
import { useConnected, useServerEvent } from "@/realtime/RealtimeProvider";
import { useEffect, useState } from "react";

const REFETCH_EVERY_MS = 2_000;

/** One's private conversations, the newest activity first. */
export function useDirectConversations() {
  return useQuery({
    queryKey: keys.conversations,
    queryFn: async () => {
      const { items } = await request(
        api.GET("/api/messages/conversations", { params: { query: { limit: 100 } } }),
      );
      return items.filter(({ room }) => room.kind === "direct");
    },
  });
}

/** The private conversation that a room is, undefined for any other room. */
export function useDirectConversation(roomId: string): Conversation | undefined {
  return useDirectConversations().data?.find(({ room }) => room.id === roomId);
}

/** Keeps the list in step: a message or a read pointer in any room may move a conversation. */
export function useConversationUpdates(): void {
  const queries = useQueryClient();
  const [throttle] = useState(
    () =>
      new Throttle(() => void queries.invalidateQueries({ queryKey: keys.conversations }), REFETCH_EVERY_MS),
  );
  const refetch = () => {
    throttle.call();
  };
  useServerEvent("new_message", refetch);
  useServerEvent("unread", refetch);
  useServerEvent("message_edited", refetch);
  useServerEvent("message_deleted", refetch);
  useConnected(refetch);
  useEffect(() => {
    return () => {
      throttle.cancel();
    };
  }, [throttle]);
}

/** Says something to a person, which begins the conversation where there is none; gives the room that it is. */
export function useWritePrivately() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ userId, body }: { userId: string; body: string }) => {
      const { message, notice } = await request(
        api.POST("/api/messages/private/{user_id}", {
          params: { path: { user_id: userId } },
          body: { body, client_id: newClientId() },
        }),
      );
      return { roomId: message?.room_id, notice };
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.conversations }),
  });
}
