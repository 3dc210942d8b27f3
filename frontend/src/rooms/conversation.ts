/** What the parts of one conversation share: whose it is, what is being written in it, and how to move in it. */
import { createContext, useContext } from "react";
import type { Message, Room } from "@/api/types";
import type { Store } from "@/lib/store";
import type { Self } from "./grouping";
import type { RoomChannel } from "./roomChannel";

/** What the writer is at besides a new message. */
export interface Writing {
  readonly replyTo: Message | null;
  /** The message whose text is open; draft: a text that the server refused. */
  readonly editing: { readonly id: string; readonly draft?: string } | null;
}

export interface Conversation {
  readonly room: Pick<Room, "id" | "name" | "kind">;
  readonly channel: RoomChannel;
  readonly me: Self;
  /** Whether one may delete what others say and see what it was. */
  readonly moderates: boolean;
  /** Whether one may say something here. */
  readonly speaks: boolean;
  /** The nicknames of those whom messages name, as far as they are known. */
  readonly names: ReadonlyMap<string, string>;
  /** Those whose messages are folded: whom one blocks, but for the private conversation with them. */
  readonly blocked: ReadonlySet<string>;
  readonly writing: Store<Writing>;
  /** The message that one jumped to. */
  readonly target: number | null;
  readonly jumpTo: (seq: number) => void;
  readonly focusComposer: () => void;
}

export const ConversationContext = createContext<Conversation | null>(null);

export function useConversation(): Conversation {
  const conversation = useContext(ConversationContext);
  if (!conversation) throw new Error("There is no conversation around this component.");
  return conversation;
}

/** The address of a message in the page. */
export function messagePath({ room_id: roomId, seq }: Pick<Message, "room_id" | "seq">): string {
  return `/rooms/${roomId}?m=${seq}`;
}
