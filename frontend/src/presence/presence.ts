/** Who is online: asked for at the start of each connection, then told by pushes. */
import { api, request } from "@/api/client";
import { Store } from "@/lib/store";
import type { Connection } from "@/realtime/connection";

type OnlineIds = ReadonlySet<string>;

export class Presence {
  readonly online = new Store<OnlineIds>(new Set());
  /** Pushes since the list was asked for: they are newer than it, even where they come first. */
  private since = new Map<string, boolean>();

  constructor(private readonly connection: Connection) {}

  /** Listens until the returned function is called. */
  start(): () => void {
    const stops = [
      this.connection.on("presence", ({ user_id, online }) => {
        this.since.set(user_id, online);
        this.online.update((ids) => withPresence(ids, user_id, online));
      }),
      this.connection.follow(() => this.ask()),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  private async ask(): Promise<void> {
    this.since = new Map();
    try {
      const { items } = await request(api.GET("/api/users/online"));
      let ids: OnlineIds = new Set(items.map((user) => user.id));
      for (const [userId, online] of this.since) ids = withPresence(ids, userId, online);
      this.online.set(ids);
    } catch {
      // What was known stays; pushes go on, and the next connection asks again.
    }
  }
}

export function withPresence(ids: OnlineIds, userId: string, online: boolean): OnlineIds {
  if (ids.has(userId) === online) return ids;
  const changed = new Set(ids);
  if (online) changed.add(userId);
  else changed.delete(userId);
  return changed;
}
