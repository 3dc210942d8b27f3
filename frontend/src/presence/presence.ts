/** Who is online, and who of them is away: asked for at the start of each connection, then told by pushes. */
import { allPages, api, request } from "@/api/client";
import { Store } from "@/lib/store";
import type { Connection } from "@/realtime/connection";

type Ids = ReadonlySet<string>;

/** Beyond these, who was online before the page came is learned from pushes. */
const MOST_ONLINE = 1000;

interface State {
  online: boolean;
  away: boolean;
}

export class Presence {
  readonly online = new Store<Ids>(new Set());
  /** Those of the online ones who are away from all of their devices. */
  readonly away = new Store<Ids>(new Set());
  /** Pushes since the list was asked for: they are newer than it, even where they come first. */
  private since = new Map<string, State>();

  constructor(private readonly connection: Connection) {}

  /** Listens until the returned function is called. */
  start(): () => void {
    const stops = [
      this.connection.on("presence", ({ user_id, online, away = false }) => {
        this.since.set(user_id, { online, away });
        this.online.update((ids) => withPresence(ids, user_id, online));
        this.away.update((ids) => withPresence(ids, user_id, online && away));
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
      const items = await allPages(
        (cursor) => request(api.GET("/api/users/online", { params: { query: { limit: 100, cursor } } })),
        MOST_ONLINE,
      );
      let online: Ids = new Set(items.map((user) => user.id));
      let away: Ids = new Set(items.filter((user) => user.away).map((user) => user.id));
      for (const [userId, state] of this.since) {
        online = withPresence(online, userId, state.online);
        away = withPresence(away, userId, state.online && state.away);
      }
      this.online.set(online);
      this.away.set(away);
    } catch {
      // What was known stays; pushes go on, and the next connection asks again.
    }
  }
}

export function withPresence(ids: Ids, userId: string, online: boolean): Ids {
  if (ids.has(userId) === online) return ids;
  const changed = new Set(ids);
  if (online) changed.add(userId);
  else changed.delete(userId);
  return changed;
}
