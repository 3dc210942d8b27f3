/** Calls an action at once, but not again within `everyMs` of the last time: then once, when that time is over. */
export class Throttle {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private last = -Infinity;

  constructor(
    private readonly action: () => void,
    private readonly everyMs: number,
  ) {}

  readonly call = (): void => {
    if (this.timer !== undefined) return;
    const wait = Math.max(0, this.last + this.everyMs - Date.now());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.last = Date.now();
      this.action();
    }, wait);
  };

  /** Forgets a call that waits. */
  readonly cancel = (): void => {
    clearTimeout(this.timer);
    this.timer = undefined;
  };
}
