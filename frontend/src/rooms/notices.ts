/** What commands said to whoever gave them: shown once, to nobody else, and kept nowhere. */
import type { CommandNotice } from "@/realtime/events";

type Listener = (notice: CommandNotice) => void;

export class Notices {
  private readonly listeners = new Set<Listener>();

  tell(notice: CommandNotice): void {
    for (const listener of this.listeners) listener(notice);
  }

  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }
}
