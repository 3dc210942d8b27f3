/**
 * What one does to messages that are there: reactions, edits, deletions. What was asked for is shown at once, over the
 * message, and taken away again when the server has answered, whatever it said: what it stored came as the message itself.
 */
import type { Message } from "@/api/types";
import { Store } from "@/lib/store";
import type { Connection } from "@/realtime/connection";
import type { ShownMessage } from "./grouping";
import { withOwn } from "./reactions";

export interface Amendment {
  /** The text that it is to have. */
  readonly body?: string;
  /** Which reactions are to be there, or not. */
  readonly reactions: ReadonlyMap<string, boolean>;
}

const NOTHING: Amendment = { reactions: new Map() };

/** A message as it will be. */
export function amended(
  message: ShownMessage,
  amendment: Amendment | undefined,
  ownId: string,
): ShownMessage {
  if (!amendment || message.deleted) return message;
  let { reactions } = message;
  for (const [emoji, on] of amendment.reactions) reactions = withOwn(reactions, emoji, on, ownId);
  return { ...message, body: amendment.body ?? message.body, reactions };
}

export class Amendments {
  /** What is asked for and not answered, by message. */
  readonly pending = new Store<ReadonlyMap<string, Amendment>>(new Map());
  /** The latest request of each thing that is changed: only its answer ends what is shown. */
  private readonly latest = new Map<string, number>();
  private requests = 0;

  constructor(
    private readonly connection: Connection,
    /** Told of each message as the server acknowledged it. */
    private readonly onMessage: (message: Message) => void,
  ) {}

  /** Rejects with an ApiError, the reaction being as it was before. */
  async react(id: string, emoji: string, on: boolean): Promise<void> {
    await this.during(
      `${id} ${emoji}`,
      () => {
        this.change(id, ({ reactions, ...rest }) => ({
          ...rest,
          reactions: new Map(reactions).set(emoji, on),
        }));
      },
      () => {
        this.change(id, ({ reactions, ...rest }) => {
          const left = new Map(reactions);
          left.delete(emoji);
          return { ...rest, reactions: left };
        });
      },
      async () => (await this.connection.request("react", { id, emoji, on })).message,
    );
  }

  /** Rejects with an ApiError, the text being as it was before. */
  async edit(id: string, body: string): Promise<void> {
    await this.during(
      id,
      () => {
        this.change(id, (amendment) => ({ ...amendment, body }));
      },
      () => {
        this.change(id, ({ reactions }) => ({ reactions }));
      },
      async () => (await this.connection.request("edit_message", { id, body })).message,
    );
  }

  /** Rejects with an ApiError. A deletion is not shown before it is true: it was asked for in a dialog that waits. */
  async remove(id: string): Promise<void> {
    const { message } = await this.connection.request("delete_message", { id });
    this.onMessage(message);
  }

  private async during(
    key: string,
    show: () => void,
    takeAway: () => void,
    ask: () => Promise<Message>,
  ): Promise<void> {
    const request = ++this.requests;
    this.latest.set(key, request);
    show();
    try {
      this.onMessage(await ask());
    } finally {
      if (this.latest.get(key) === request) {
        this.latest.delete(key);
        takeAway();
      }
    }
  }

  private change(id: string, change: (amendment: Amendment) => Amendment): void {
    this.pending.update((all) => {
      const next = new Map(all);
      const changed = change(all.get(id) ?? NOTHING);
      if (changed.body === undefined && changed.reactions.size === 0) next.delete(id);
      else next.set(id, changed);
      return next;
    });
  }
}
