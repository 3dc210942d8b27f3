/** Who is typing where. An indication lapses by itself: the word that somebody stopped may never come. */
import { Store } from "@/lib/store";
import type { ServerEvents } from "@/realtime/events";

export interface Typist {
  readonly userId: string;
  readonly nickname: string;
}

type Typists = ReadonlyMap<string, readonly Typist[]>;

const NOBODY: readonly Typist[] = [];
/** Twice the time between two typing_start of one writer. */
export const TYPING_LAPSES_MS = 6_000;
export const TYPING_REPEATS_MS = 3_000;

export class Typing {
  private readonly store = new Store<Typists>(new Map());
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly subscribe = this.store.subscribe;

  in(roomId: string): readonly Typist[] {
    return this.store.get().get(roomId) ?? NOBODY;
  }

  receive({ room_id, user, nickname, typing }: ServerEvents["user_typing"]): void {
    if (typing) this.started(room_id, { userId: user.id, nickname });
    else this.stopped(room_id, user.id);
  }

  started(roomId: string, typist: Typist): void {
    const present = this.in(roomId);
    if (!present.some(({ userId }) => userId === typist.userId)) this.put(roomId, [...present, typist]);
    const key = `${roomId} ${typist.userId}`;
    clearTimeout(this.timers.get(key));
    this.timers.set(
      key,
      setTimeout(() => {
        this.stopped(roomId, typist.userId);
      }, TYPING_LAPSES_MS),
    );
  }

  /** Also where a message of theirs arrives: whoever sent it has stopped. */
  stopped(roomId: string, userId: string): void {
    clearTimeout(this.timers.get(`${roomId} ${userId}`));
    this.timers.delete(`${roomId} ${userId}`);
    const present = this.in(roomId);
    const left = present.filter((typist) => typist.userId !== userId);
    if (left.length < present.length) this.put(roomId, left);
  }

  clear(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    this.store.set(new Map());
  }

  private put(roomId: string, typists: readonly Typist[]): void {
    this.store.update((rooms) => new Map(rooms).set(roomId, typists));
  }
}

/** What one's own typing says to the others: at most one word in TYPING_REPEATS_MS, and one at the end. */
export class OwnTyping {
  private lastToldAt = 0;
  private idle: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly tell: (event: "typing_start" | "typing_stop") => void) {}

  typed(): void {
    const now = Date.now();
    if (now - this.lastToldAt >= TYPING_REPEATS_MS) {
      this.lastToldAt = now;
      this.tell("typing_start");
    }
    clearTimeout(this.idle);
    this.idle = setTimeout(() => {
      this.stop();
    }, TYPING_REPEATS_MS + 1_000);
  }

  stop(): void {
    clearTimeout(this.idle);
    if (this.lastToldAt === 0) return;
    this.lastToldAt = 0;
    this.tell("typing_stop");
  }

  /** The message itself tells that its writer has stopped. */
  sent(): void {
    clearTimeout(this.idle);
    this.lastToldAt = 0;
  }
}
