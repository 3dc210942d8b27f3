import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, createContext, useContext, useEffect, useState } from "react";
import { useMe } from "@/auth/session";
import { useConnection, useReconnected } from "@/realtime/RealtimeProvider";
import type { CommandNotice } from "@/realtime/events";
import { Chat } from "./chat";

export const ChatContext = createContext<Chat | null>(null);

export function ChatProvider({ children }: { children: ReactNode }) {
  const connection = useConnection();
  const queries = useQueryClient();
  const me = useMe();
  const [chat] = useState(() => new Chat(connection, me, queries));

  useEffect(() => chat.start(), [chat]);
  useEffect(() => chat.notices.listen(showNotice), [chat]);
  useReconnected(() => {
    chat.rooms.refetch();
  });

  return <ChatContext value={chat}>{children}</ChatContext>;
}

function showNotice({ command, level, text }: CommandNotice): void {
  notifications.show({
    title: `/${command}`,
    message: <span style={{ whiteSpace: "pre-wrap" }}>{text}</span>,
    color: level === "error" ? "red" : "gray",
    autoClose: level === "error" ? 8_000 : 20_000,
    role: level === "error" ? "alert" : "status",
  });
}

export function useChat(): Chat {
  const chat = useContext(ChatContext);
  if (!chat) throw new Error("There is no ChatProvider above this component.");
  return chat;
}
