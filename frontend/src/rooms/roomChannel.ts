/**
 * One room as this page follows it: joins it, catches up after each connection by seq, fills holes, pages back. It outlives
 * its view, so that coming back to a room shows at once what was there.
 */
import { api, request } from "@/api/client";
import { type ApiError, toApiError } from "@/api/errors";
import type { Message, MessagePage, Room } from "@/api/types";
import { Store } from "@/lib/store";
import type { Connection } from "@/realtime/connection";
import { type Timeline, contiguousTop, emptyTimeline, gaps, merge, trim } from "./timeline";

export interface RoomState {
  readonly status: "loading" | "ready" | "failed";
  readonly error: ApiError | null;
  readonly timeline: Timeline;
  /** A page of older messages is on its way, or failed to come. */
  readonly older: "idle" | "loading" | "failed";
}

const PAGE = 50;
/** Having missed more than this, the latest page is worth more than all that came before it. */
const MOST_TO_CATCH_UP = 500;
const KEPT_WHILE_CLOSED = 200;
const SETTLE_MS = 50;

interface Options {
  roomId: string;
  connection: Connection;
  /** Told of every message that comes in, whatever way. */
  onMessages: (messages: readonly Message[]) => void;
  /** Told of the room as each join acknowledges it. */
  onRoom: (room: Room) => void;
}

export class RoomChannel {
  readonly state = new Store<RoomState>({
    status: "loading",
    error: null,
    timeline: emptyTimeline,
    older: "idle",
  });
  private filling = false;

  constructor(private readonly options: Options) {}

  /**
   * Follows the room until the returned function is called. The server takes the join of a public room for a wish to
   * become a member, so this is for rooms that one is in, or has asked to be.
   */
  view(): () => void {
    const { connection, roomId } = this.options;
    const unfollow = connection.follow(() => this.join());
    return () => {
      unfollow();
      connection.tell("leave_chat_room", { room_id: roomId });
      this.patch({ timeline: trim(this.state.get().timeline, KEPT_WHILE_CLOSED), older: "idle" });
    };
  }

  /** After a failure: joins again. */
  readonly retry = (): void => {
    this.patch({ status: "loading", error: null });
    void this.join();
  };

  receive(messages: readonly Message[]): void {
    if (messages.length === 0) return;
    this.patch({ timeline: merge(this.state.get().timeline, messages) });
    this.options.onMessages(messages);
    void this.fillGaps();
  }

  async loadOlder(): Promise<void> {
    const { timeline, older } = this.state.get();
    const first = timeline.messages[0];
    if (older === "loading" || !timeline.hasOlder || !first) return;
    this.patch({ older: "loading" });
    try {
      const { items, next } = await this.page({ before_seq: first.seq });
      const merged = merge(this.state.get().timeline, items);
      this.patch({ timeline: { ...merged, hasOlder: next !== null } });
      // Not in the same moment: until the page is drawn, what came counts as loading (see MessageList).
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      this.patch({ older: "idle" });
    } catch {
      this.patch({ older: "failed" });
    }
  }

  private async join(): Promise<void> {
    try {
      await this.catchUp();
      this.patch({ status: "ready", error: null });
    } catch (thrown) {
      const error = toApiError(thrown);
      // The next connection joins again by itself; what is shown stays.
      if (error.code !== "offline" && error.code !== "interrupted") this.patch({ status: "failed", error });
    }
  }

  private async catchUp(): Promise<void> {
    let top = contiguousTop(this.state.get().timeline);
    let answer = await this.ask(top);
    if (top > 0 && answer.room.last_seq - top > MOST_TO_CATCH_UP) {
      this.patch({ timeline: emptyTimeline });
      top = 0;
      answer = await this.ask(0);
    }
    if (top === 0) {
      // Seqs begin at 1 and have no holes, so the first message says whether there is one before it.
      const hasOlder = (answer.messages[0]?.seq ?? 1) > 1;
      this.patch({ timeline: { ...this.state.get().timeline, hasOlder } });
      return;
    }
    while (answer.more) answer = await this.ask(contiguousTop(this.state.get().timeline));
  }

  /** Joins, after a seq or (0) with the latest messages, and takes in what comes. */
  private async ask(afterSeq: number) {
    const answer = await this.options.connection.request("join_chat_room", {
      room_id: this.options.roomId,
      ...(afterSeq > 0 && { after_seq: afterSeq }),
    });
    this.options.onRoom(answer.room);
    this.receive(answer.messages);
    return answer;
  }

  private async fillGaps(): Promise<void> {
    if (this.filling) return;
    this.filling = true;
    try {
      for (let [gap] = gaps(this.state.get().timeline); gap; [gap] = gaps(this.state.get().timeline)) {
        const { items } = await this.page({ after_seq: gap.after });
        if (items.length === 0) return;
        this.options.onMessages(items);
        this.patch({ timeline: merge(this.state.get().timeline, items) });
      }
    } catch {
      // The hole stays known: the next message or the next connection tries again.
    } finally {
      this.filling = false;
    }
  }

  private page(query: { before_seq?: number; after_seq?: number }): Promise<MessagePage> {
    const params = { path: { room_id: this.options.roomId }, query: { ...query, limit: PAGE } };
    return request(api.GET("/api/messages/room/{room_id}", { params }));
  }

  private patch(change: Partial<RoomState>): void {
    this.state.update((state) => ({ ...state, ...change }));
  }
}
