import { useSyncExternalStore } from "react";

/** One timer a period for the whole page, however many ages tick on it; none while nobody looks. */
class Ticker {
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setInterval> | undefined;
  private now = Date.now();

  constructor(private readonly periodMs: number) {}

  readonly get = (): number => this.now;

  readonly subscribe = (listener: () => void): (() => void) => {
    if (this.listeners.size === 0) {
      this.now = Date.now();
      this.timer = setInterval(() => {
        this.now = Date.now();
        for (const each of this.listeners) each();
      }, this.periodMs);
    }
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) clearInterval(this.timer);
    };
  };
}

const everySecond = new Ticker(1000);

/** The time in ms, renewed each second. */
export function useNow(): number {
  return useSyncExternalStore(everySecond.subscribe, everySecond.get);
}
