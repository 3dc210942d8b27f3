/**
 * Whether one has said to be away, in this browser: kept over reloads, the same in all of its tabs, and told to the server
 * for each connection, since away is who says so on all of them.
 */
import { readItem, writeItem } from "@/lib/storage";
import { Store } from "@/lib/store";
import type { Connection } from "@/realtime/connection";

const KEY = "fieldroom.away";

export class OwnAway {
  readonly away = new Store(readItem(localStorage, KEY) === "1");

  constructor(private readonly connection: Connection) {}

  /** Tells each new connection, until the returned function is called. */
  start(): () => void {
    const otherTab = (event: StorageEvent) => {
      if (event.key === KEY) this.take(event.newValue === "1");
    };
    window.addEventListener("storage", otherTab);
    const unfollow = this.connection.follow(() => {
      // A connection begins as one of somebody who is there.
      if (this.away.get()) this.tell();
      return Promise.resolve();
    });
    return () => {
      window.removeEventListener("storage", otherTab);
      unfollow();
    };
  }

  readonly set = (away: boolean): void => {
    writeItem(localStorage, KEY, away ? "1" : null);
    this.take(away);
  };

  private take(away: boolean): void {
    if (away === this.away.get()) return;
    this.away.set(away);
    this.tell();
  }

  private tell(): void {
    this.connection.tell("presence_away", { away: this.away.get() });
  }
}
