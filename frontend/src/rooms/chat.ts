/** Everything of the conversations of one signed-in person in this tab. */
import type { QueryClient } from "@tanstack/react-query";
import type { Me } from "@/api/types";
import type { Connection } from "@/realtime/connection";
import { Amendments } from "./amendments";
import { Outbox } from "./outbox";
import { RoomCache } from "./roomCache";
import { RoomChannel } from "./roomChannel";
import { Notices } from "./notices";
import { Typing } from "./typing";

const MARK_READ_MS = 1_000;

export class Chat {
  readonly outbox: Outbox;
  readonly amendments: Amendments;
  readonly typing = new Typing();
  readonly rooms: RoomCache;
  /** What commands answered. */
  readonly notices = new Notices();
  /** What was read and is not told yet, by room. */
  private readonly reads = new Map<string, number>();
  private readonly channels = new Map<string, RoomChannel>();

  constructor(
    readonly connection: Connection,
    readonly me: Me,
    queries: QueryClient,
  ) {
    this.rooms = new RoomCache(queries);
    this.outbox = new Outbox(
      async ({ roomId, body, clientId, replyTo }) => {
        const answer = await connection.request("send_message", {
          room_id: roomId,
          body,
          client_id: clientId,
          ...(replyTo !== undefined && { reply_to: replyTo }),
        });
        if (answer.notice) this.notices.tell(roomId, answer.notice);
        return answer.message;
      },
      (message) => {
        this.channel(message.room_id).receive([message]);
      },
      `fieldroom.outbox.${me.id}`,
    );
    this.amendments = new Amendments(connection, (message) => {
      this.channel(message.room_id).amend(message);
    });
  }

  /** Listens until the returned function is called. */
  start(): () => void {
    const { connection } = this;
    const stops = [
      connection.on("new_message", ({ message }) => {
        this.typing.stopped(message.room_id, message.author.id);
        this.channels.get(message.room_id)?.receive([message]);
      }),
      ...(["message_edited", "message_deleted", "message_reaction"] as const).map((event) =>
        connection.on(event, ({ message }) => this.channels.get(message.room_id)?.amend(message)),
      ),
      connection.on("user_typing", (typing) => {
        if (typing.user.id !== this.me.id) this.typing.receive(typing);
      }),
      connection.on("unread", ({ room_id, last_seq, last_read_seq }) => {
        this.rooms.moved(room_id, last_seq, last_read_seq ?? 0);
      }),
      connection.on("room_updated", (update) => {
        this.rooms.updated(update);
      }),
      connection.on("member_updated", ({ room_id }) => {
        this.rooms.membersChanged(room_id);
      }),
      connection.on("presence", () => {
        this.rooms.countsChanged();
      }),
      connection.on("user_joined", ({ room_id }) => {
        this.rooms.membersChanged(room_id);
      }),
      connection.on("user_left", ({ room_id, user }) => {
        this.typing.stopped(room_id, user.id);
        this.rooms.membersChanged(room_id);
      }),
      connection.follow(() => {
        this.outbox.flushAll();
        return Promise.resolve();
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      this.typing.clear();
      this.rooms.stop();
    };
  }

  channel(roomId: string): RoomChannel {
    let channel = this.channels.get(roomId);
    if (!channel) {
      channel = new RoomChannel({
        roomId,
        connection: this.connection,
        onMessages: (messages) => {
          this.outbox.arrived(messages, this.me.id);
          this.rooms.received(messages);
        },
        onRoom: (room) => {
          this.rooms.put(room);
        },
        onLeft: () => {
          this.rooms.left(roomId);
        },
      });
      this.channels.set(roomId, channel);
    }
    return channel;
  }

  /** Shown at once, told to the server at most every MARK_READ_MS a room: in a busy one each message is read as it comes. */
  markRead(roomId: string, seq: number): void {
    this.rooms.moved(roomId, seq, seq);
    const waits = this.reads.has(roomId);
    this.reads.set(roomId, seq);
    if (waits) return;
    setTimeout(() => {
      const read = this.reads.get(roomId) ?? seq;
      this.reads.delete(roomId);
      this.connection.tell("mark_read", { room_id: roomId, seq: read });
    }, MARK_READ_MS);
  }
}
