/**
 * One room as this page follows it: joins it, catches up after each connection by seq, fills holes, pages back. It outlives
 * its view, so that coming back to a room shows at once what was there.
 */
import { api, request } from "@/api/client";
import { type ApiError, toApiError } from "@/api/errors";
import type { Message, MessagePage, Room } from "@/api/types";
import { Store } from "@/lib/store";
import type { Connection } from "@/realtime/connection";
import {
  type Timeline,
  amend,
  contiguousTop,
  emptyTimeline,
  gaps,
  holds,
  join,
  merge,
  trim,
} from "./timeline";

export interface RoomState {
  readonly status: "loading" | "ready" | "failed";
  readonly error: ApiError | null;
  /** The latest messages, with what was paged back to from them. All that is said is added here, wherever one reads. */
  readonly timeline: Timeline;
  /**
   * Another part of the history, which one has jumped to: a window of its own, without holes, that grows by pages only
   * and becomes one with the latest as soon as nothing is missing between them. null: one reads the latest.
   */
  readonly past: Timeline | null;
  /** Which place is shown: another number after each jump. */
  readonly place: number;
  /** A page of older messages is on its way, or failed to come. */
  readonly older: PageState;
  /** The same of newer ones, in the past. */
  readonly newer: PageState;
}

type PageState = "idle" | "loading" | "failed";

/** The window that is read. */
export function shownWindow({ past, timeline }: RoomState): Timeline {
  return past ?? timeline;
}

interface ById {
  readonly latest: readonly Message[];
  readonly other: readonly Message[] | null;
  readonly map: ReadonlyMap<string, Message>;
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
  /** Told that one is no member (any more): left or was put out of it elsewhere, while this page was not connected. */
  onLeft: () => void;
}

export class RoomChannel {
  readonly state = new Store<RoomState>({
    status: "loading",
    error: null,
    timeline: emptyTimeline,
    past: null,
    place: 0,
    older: "idle",
    newer: "idle",
  });
  private filling = false;
  private enters = false;
  private jumps = 0;
  private byId: ById | null = null;

  constructor(private readonly options: Options) {}

  /**
   * Follows the room until the returned function is called.
   *
   * `enters`: whether looking makes one a member, as in the Lobby. It does so once at most: each later connection only
   * follows, so that who has left meanwhile, or was put out, stays out.
   */
  view(enters = false): () => void {
    const { connection, roomId } = this.options;
    this.enters = enters;
    const unfollow = connection.follow(() => this.join());
    return () => {
      unfollow();
      connection.tell("leave_chat_room", { room_id: roomId });
      this.jumps++;
      this.patch({
        timeline: trim(this.state.get().timeline, KEPT_WHILE_CLOSED),
        past: null,
        older: "idle",
        newer: "idle",
      });
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
    this.settle();
    this.options.onMessages(messages);
    void this.fillGaps();
  }

  /** Takes in what became of a message: where it is shown, or next. What is not shown is read when it is paged to. */
  amend(message: Message): void {
    const { timeline, past } = this.state.get();
    const last = timeline.messages.at(-1)?.seq ?? 0;
    if (last > 0 && message.seq > last) {
      this.receive([message]);
      return;
    }
    this.patch({ timeline: amend(timeline, [message]), past: past && amend(past, [message]) });
  }

  /** A message that is here, by its id. */
  find(id: string): Message | undefined {
    const { timeline, past } = this.state.get();
    const latest = timeline.messages;
    const other = past?.messages ?? null;
    let known = this.byId;
    if (known?.latest !== latest || known.other !== other) {
      const all = other ? [...latest, ...other] : latest;
      known = { latest, other, map: new Map(all.map((message) => [message.id, message])) };
      this.byId = known;
    }
    return known.map.get(id);
  }

  /** Shows the part of the history around a message. Gives whether there is such a message; rejects with an ApiError. */
  async jumpTo(seq: number): Promise<boolean> {
    const jump = ++this.jumps;
    if (holds(shownWindow(this.state.get()), seq)) return true;
    if (holds(this.state.get().timeline, seq)) {
      this.toLatest();
      return true;
    }
    const { items, next } = await this.page({ before_seq: seq + PAGE / 2 + 1 });
    // Meanwhile one may have gone somewhere else.
    if (jump !== this.jumps) return true;
    if (!items.some((message) => message.seq === seq)) return false;
    this.options.onMessages(items);
    this.patch({
      past: { messages: items, hasOlder: next !== null },
      place: this.state.get().place + 1,
      older: "idle",
      newer: "idle",
    });
    this.settle();
    return true;
  }

  /** Back to the latest messages. */
  toLatest(): void {
    this.jumps++;
    const { past, place } = this.state.get();
    if (past) this.patch({ past: null, place: place + 1, older: "idle", newer: "idle" });
  }

  async loadOlder(): Promise<void> {
    const { older, place } = this.state.get();
    const { messages, hasOlder } = shownWindow(this.state.get());
    const [first] = messages;
    if (older === "loading" || !hasOlder || !first) return;
    this.patch({ older: "loading" });
    try {
      const { items, next } = await this.page({ before_seq: first.seq });
      if (place !== this.state.get().place) return;
      this.extend((window) => ({ ...merge(window, items), hasOlder: next !== null }));
      // Not in the same moment: until the page is drawn, what came counts as loading (see MessageList).
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      if (place === this.state.get().place) this.patch({ older: "idle" });
    } catch {
      if (place === this.state.get().place) this.patch({ older: "failed" });
    }
  }

  /** In the past: the next page towards the latest messages. */
  async loadNewer(): Promise<void> {
    const { past, newer, place } = this.state.get();
    const last = past?.messages.at(-1);
    if (!last || newer === "loading") return;
    this.patch({ newer: "loading" });
    try {
      const { items } = await this.page({ after_seq: last.seq });
      if (place !== this.state.get().place) return;
      this.extend((window) => merge(window, items));
      this.settle();
      this.patch({ newer: "idle" });
    } catch {
      if (place === this.state.get().place) this.patch({ newer: "failed" });
    }
  }

  private extend(change: (window: Timeline) => Timeline): void {
    const { past, timeline } = this.state.get();
    this.patch(past ? { past: change(past) } : { timeline: change(timeline) });
  }

  /** Makes one of the two windows where nothing is missing between them; the reader stays where they are. */
  private settle(): void {
    const { past, timeline } = this.state.get();
    const joined = past && join(past, timeline);
    if (joined) this.patch({ past: null, timeline: joined });
  }

  private async join(): Promise<void> {
    try {
      await this.catchUp();
      this.patch({ status: "ready", error: null });
    } catch (thrown) {
      const error = toApiError(thrown);
      // The next connection joins again by itself; what is shown stays.
      if (error.code === "offline" || error.code === "interrupted") return;
      this.patch({ status: "failed", error });
      if (!this.enters && (error.code === "forbidden" || error.code === "not_found")) this.options.onLeft();
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
      const { timeline } = this.state.get();
      this.patch({ timeline: { ...timeline, hasOlder: (timeline.messages[0]?.seq ?? 1) > 1 } });
      return;
    }
    while (answer.more) answer = await this.ask(contiguousTop(this.state.get().timeline));
    await this.refresh(top);
  }

  /** Asks again for the last messages up to `top`: what became of them while there was no connection was not told. */
  private async refresh(top: number): Promise<void> {
    try {
      const { items } = await this.page({ before_seq: top + 1 });
      this.patch({ timeline: amend(this.state.get().timeline, items) });
    } catch {
      // What is shown is as it was; the next connection tries again.
    }
  }

  /** Joins, after a seq or (0) with the latest messages, and takes in what comes. */
  private async ask(afterSeq: number) {
    const answer = await this.options.connection.request("join_chat_room", {
      room_id: this.options.roomId,
      ...(afterSeq > 0 && { after_seq: afterSeq }),
      ...(!this.enters && { follow_only: true }),
    });
    this.enters = false;
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
