import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, createContext, useContext, useEffect, useState } from "react";
import { useMe } from "@/auth/session";
import { useConnection, useReconnected } from "@/realtime/RealtimeProvider";
import { Chat } from "./chat";

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

  return <ChatContext value={chat}>{children}</ChatContext>;
}

export function useChat(): Chat {
  const chat = useContext(ChatContext);
  if (!chat) throw new Error("There is no ChatProvider above this component.");
  return chat;
}
