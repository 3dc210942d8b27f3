/**
 * The one place that holds the socket. It knows whether there is a connection, turns an event into a promise that is
 * answered, refused or timed out, and joins again what the page follows whenever a connection begins.
 */
import type { Socket } from "socket.io-client";
import { ApiError, fromErrorObject } from "@/api/errors";
import { Store } from "@/lib/store";
import type { ClientEvent, ClientEvents, ServerEvent, ServerEvents } from "./events";

export type ConnectionState = "idle" | "connecting" | "online" | "offline";

const ACKNOWLEDGEMENT_TIMEOUT_MS = 10_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 5_000;

/** Joins something again; called at the start of every connection. A failure is the follower's own to show. */
export type Join = () => Promise<void>;

type Handler<E extends ServerEvent> = (payload: ServerEvents[E]) => void;

export class Connection {
  readonly state = new Store<ConnectionState>("idle");
  private readonly joins = new Set<Join>();
  private readonly refusals = new Set<() => void>();
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private retryMs = FIRST_RETRY_MS;
  private readonly wake = () => {
    if (document.visibilityState === "visible") this.reconnectNow();
  };

  /** `socket` must be made with autoConnect off; `reconnection` is socket.io's own. */
  constructor(private readonly socket: Socket) {
    socket.on("connect", () => {
      this.retryMs = FIRST_RETRY_MS;
      this.state.set("online");
      for (const join of this.joins) void join();
    });
    socket.on("disconnect", (reason) => {
      if (reason === "io client disconnect") return;
      this.state.set("offline");
      // socket.io takes these for final. They are not: the server ends the connections of a changed password, of a
      // restart, and of a reader that was too slow, and each of these comes back.
      if (!socket.active) this.retryLater();
    });
    socket.on("connect_error", (error: Error & { data?: { code?: unknown } }) => {
      if (this.state.get() === "idle") return;
      this.state.set("offline");
      if (error.message === "authentication_required" || error.data?.code === "authentication_required") {
        this.refuse();
      } else if (!socket.active) {
        this.retryLater();
      }
    });
  }

  start(): void {
    if (this.state.get() !== "idle") return;
    this.state.set("connecting");
    this.socket.connect();
    window.addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
  }

  stop(): void {
    clearTimeout(this.retryTimer);
    window.removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    this.state.set("idle");
    this.socket.disconnect();
  }

  /**
   * Sends an event and resolves with what acknowledged it. Rejects with an ApiError: the server's own, or `offline`
   * (nothing was sent), `interrupted` or `timeout` (it may have arrived).
   */
  async request<E extends ClientEvent>(
    event: E,
    payload: ClientEvents[E]["request"],
    timeoutMs = ACKNOWLEDGEMENT_TIMEOUT_MS,
  ): Promise<ClientEvents[E]["answer"]> {
    // Never into socket.io's own buffer: whoever asks decides what is still worth sending later.
    if (!this.isConnected()) throw new ApiError("offline");
    let answer: unknown;
    try {
      answer = await this.socket.timeout(timeoutMs).emitWithAck(event, payload);
    } catch {
      throw new ApiError(this.isConnected() ? "timeout" : "interrupted");
    }
    const acknowledgement = answer as { ok?: unknown; error?: unknown } | null;
    if (acknowledgement?.ok === true) return acknowledgement;
    const error = fromErrorObject(acknowledgement?.error);
    if (error.code === "authentication_required") {
      this.refuse();
    }
    throw error;
  }

  /** Calls `listener` when the server takes no connection because the session has ended. */
  onRefused(listener: () => void): () => void {
    this.refusals.add(listener);
    return () => {
      this.refusals.delete(listener);
    };
  }

  /** Sends what may be lost without harm (typing, leaving); a failure is nobody's concern. */
  tell<E extends ClientEvent>(event: E, payload: ClientEvents[E]["request"]): void {
    this.request(event, payload).catch(() => undefined);
  }

  on<E extends ServerEvent>(event: E, handler: Handler<E>): () => void {
    const name: string = event;
    const listener = handler as (payload: unknown) => void;
    this.socket.on(name, listener);
    return () => {
      this.socket.off(name, listener);
    };
  }

  /** Calls `join` now, if there is a connection, and at the start of each one from then on. */
  follow(join: Join): () => void {
    this.joins.add(join);
    if (this.isConnected()) void join();
    return () => {
      this.joins.delete(join);
    };
  }

  /** Skips what is left of the wait for the next attempt: the network is back, or somebody looks again. */
  reconnectNow(): void {
    if (this.state.get() !== "offline") return;
    clearTimeout(this.retryTimer);
    // Ends socket.io's own back-off, if it is in one, and tries at once.
    this.socket.disconnect();
    this.socket.connect();
  }

  private isConnected(): boolean {
    return this.socket.connected;
  }

  private refuse(): void {
    this.stop();
    for (const listener of this.refusals) listener();
  }

  private retryLater(): void {
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.socket.connect(), this.retryMs * (0.75 + Math.random() / 2));
    this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
  }
}
