/** What commands said to whoever gave them: shown where they were given, to nobody else, and kept nowhere. */
import { Store } from "@/lib/store";
import type { CommandNotice } from "@/realtime/events";

export interface ToldNotice {
  readonly roomId: string;
  readonly notice: CommandNotice;
}

export class Notices {
  /** The last one, until it is dismissed. */
  readonly last = new Store<ToldNotice | null>(null);

  tell(roomId: string, notice: CommandNotice): void {
    this.last.set({ roomId, notice });
  }

  /** Forgets what was said in a room. */
  dismiss(roomId: string): void {
    this.last.update((told) => (told?.roomId === roomId ? null : told));
  }
}
