/**
 * What was written and is not acknowledged yet. An entry keeps its client_id for good, so that sending it again can
 * never make two messages of it. Entries of a room go out one after the other, in the order they were written.
 */
import { ApiError, type ErrorCode, toApiError } from "@/api/errors";
import type { Message } from "@/api/types";
import { newClientId } from "@/lib/ids";
import { readItem, writeItem } from "@/lib/storage";
import { Store } from "@/lib/store";

export interface OutboxEntry {
  readonly clientId: string;
  readonly roomId: string;
  readonly body: string;
  /** The id of the message that it answers. */
  readonly replyTo?: string;
  /** When it was written, in ms. */
  readonly writtenAt: number;
  /** queued: goes out with the next chance. failed: waits for its writer. */
  readonly state: "queued" | "sending" | "failed";
  readonly error?: { code: ErrorCode; message?: string; fields: Readonly<Record<string, string>> };
}

export type OutboxEntries = readonly OutboxEntry[];

export type OutboxAction =
  | { type: "written"; entry: OutboxEntry }
  | { type: "sending"; clientId: string }
  | { type: "deferred"; clientId: string }
  | { type: "failed"; clientId: string; error: ApiError }
  | { type: "retried"; clientId: string }
  | { type: "gone"; clientIds: readonly string[] };

export function outboxReducer(entries: OutboxEntries, action: OutboxAction): OutboxEntries {
  switch (action.type) {
    case "written":
      return [...entries, action.entry];
    case "gone":
      return entries.some((entry) => action.clientIds.includes(entry.clientId))
        ? entries.filter((entry) => !action.clientIds.includes(entry.clientId))
        : entries;
    case "sending":
      return change(entries, action.clientId, { state: "sending" });
    case "deferred":
    case "retried":
      return change(entries, action.clientId, { state: "queued", error: undefined });
    case "failed": {
      const { code, message, fields } = action.error;
      return change(entries, action.clientId, { state: "failed", error: { code, message, fields } });
    }
  }
}

function change(entries: OutboxEntries, clientId: string, to: Partial<OutboxEntry>): OutboxEntries {
  return entries.map((entry) => (entry.clientId === clientId ? { ...entry, ...to } : entry));
}

/** One attempt: what the entry became, null where it was a command that makes no message. */
export type Send = (entry: OutboxEntry) => Promise<Message | null>;

/** One answer may be late; the second time without any, its writer decides. */
const TIMEOUTS_BEFORE_FAILING = 2;

export class Outbox {
  readonly entries: Store<OutboxEntries>;
  private readonly busyRooms = new Set<string>();
  private readonly timeouts = new Map<string, number>();

  /**
   * `send` is one attempt; `onSent` gets each acknowledged message. Unsent entries survive a reload of the tab under
   * `storageKey`.
   */
  constructor(
    private readonly send: Send,
    private readonly onSent: (message: Message) => void,
    private readonly storageKey: string,
  ) {
    this.entries = new Store(restore(readItem(sessionStorage, storageKey)));
  }

  write(roomId: string, body: string, replyTo?: string): void {
    const entry: OutboxEntry = {
      clientId: newClientId(),
      roomId,
      body,
      ...(replyTo !== undefined && { replyTo }),
      writtenAt: Date.now(),
      state: "queued",
    };
    this.dispatch({ type: "written", entry });
    void this.flush(roomId);
  }

  retry(entry: OutboxEntry): void {
    this.timeouts.delete(entry.clientId);
    this.dispatch({ type: "retried", clientId: entry.clientId });
    void this.flush(entry.roomId);
  }

  discard(clientId: string): void {
    this.dispatch({ type: "gone", clientIds: [clientId] });
  }

  /** Forgets the entries that came back as messages: a push may be here before the acknowledgement. */
  arrived(messages: readonly Message[], authorId: string): void {
    const clientIds = messages.flatMap(({ author, client_id }) =>
      author.id === authorId && client_id ? [client_id] : [],
    );
    if (clientIds.length > 0) this.dispatch({ type: "gone", clientIds });
  }

  /** Sends everything that waits; call it when a connection begins. */
  flushAll(): void {
    for (const roomId of new Set(this.entries.get().map((entry) => entry.roomId))) void this.flush(roomId);
  }

  private async flush(roomId: string): Promise<void> {
    if (this.busyRooms.has(roomId)) return;
    this.busyRooms.add(roomId);
    try {
      for (let entry = this.next(roomId); entry; entry = this.next(roomId)) {
        if (!(await this.attempt(entry))) return;
      }
    } finally {
      this.busyRooms.delete(roomId);
    }
  }

  private next(roomId: string): OutboxEntry | undefined {
    return this.entries.get().find((entry) => entry.roomId === roomId && entry.state === "queued");
  }

  /** Whether the room's next entry may follow. */
  private async attempt(entry: OutboxEntry): Promise<boolean> {
    const { clientId } = entry;
    this.dispatch({ type: "sending", clientId });
    try {
      const message = await this.send(entry);
      this.timeouts.delete(clientId);
      if (message) this.onSent(message);
      this.dispatch({ type: "gone", clientIds: [clientId] });
      return true;
    } catch (thrown) {
      const error = toApiError(thrown);
      if (error.code === "timeout") {
        const timeouts = (this.timeouts.get(clientId) ?? 0) + 1;
        this.timeouts.set(clientId, timeouts);
        if (timeouts < TIMEOUTS_BEFORE_FAILING) {
          this.dispatch({ type: "deferred", clientId });
          return true;
        }
      }
      if (["offline", "interrupted", "authentication_required"].includes(error.code)) {
        this.dispatch({ type: "deferred", clientId });
        return false;
      }
      this.dispatch({ type: "failed", clientId, error });
      return true;
    }
  }

  private dispatch(action: OutboxAction): void {
    this.entries.update((entries) => outboxReducer(entries, action));
    const entries = this.entries.get();
    writeItem(sessionStorage, this.storageKey, entries.length > 0 ? JSON.stringify(entries) : null);
  }
}

/** The entries of a reloaded tab. What was being sent may have arrived; sending it again is harmless. */
function restore(text: string | null): OutboxEntries {
  if (text === null) return [];
  try {
    const entries = JSON.parse(text) as OutboxEntry[];
    return entries.map((entry) => (entry.state === "sending" ? { ...entry, state: "queued" } : entry));
  } catch {
    return [];
  }
}
