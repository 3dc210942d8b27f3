import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, createContext, useContext, useEffect, useState } from "react";
import { useMe } from "@/auth/session";
import { useConnection, useReconnected } from "@/realtime/RealtimeProvider";
import { Chat } from "./chat";
import { roomsQuery } from "./roomsQuery";

export const ChatContext = createContext<Chat | null>(null);

export function ChatProvider({ children }: { children: ReactNode }) {
  const connection = useConnection();
  const queries = useQueryClient();
  const me = useMe();
  const [chat] = useState(() => new Chat(connection, me, queries));

  useEffect(() => chat.start(), [chat]);
  useReconnected(() => {
    chat.rooms.refetch();
  });

  const rooms = useQuery(roomsQuery).data;
  useEffect(() => {
    if (rooms) chat.followOwn(rooms);
  }, [chat, rooms]);

  return <ChatContext value={chat}>{children}</ChatContext>;
}

export function useChat(): Chat {
  const chat = useContext(ChatContext);
  if (!chat) throw new Error("There is no ChatProvider above this component.");
  return chat;
}
