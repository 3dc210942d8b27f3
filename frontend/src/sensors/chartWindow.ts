/** The time that a sensor's page shows, as the URL has it. Pure functions. */
export const ranges = ["1h", "24h", "7d", "30d", "1y"] as const;
export type Range = (typeof ranges)[number];

function isRange(text: string | null): text is Range {
  return ranges.includes(text as Range);
}

/** A range that ends now and moves with it, or (zoomed, or chosen) one that stays. Times in ms since the epoch. */
export type ChartWindow =
  | { kind: "moving"; range: Range }
  | { kind: "fixed"; start: number; end: number; /** What one comes back to. */ range: Range };

const HOUR = 3_600_000;
export const SPAN_MS: Record<Range, number> = {
  "1h": HOUR,
  "24h": 24 * HOUR,
  "7d": 7 * 24 * HOUR,
  "30d": 30 * 24 * HOUR,
  "1y": 365 * 24 * HOUR,
};
/** Closer than this there is nothing more to see. */
export const LEAST_SPAN_MS = 1_000;

export const chartKinds = ["trend", "heatmap", "distribution"] as const;
export type ChartKind = (typeof chartKinds)[number];

/** What is drawn of the window. */
export function readKind(search: URLSearchParams): ChartKind {
  return chartKinds.find((kind) => kind === search.get("kind")) ?? "trend";
}

export function readWindow(search: URLSearchParams): ChartWindow {
  const asked = search.get("range");
  const range = isRange(asked) ? asked : "1h";
  const [start, end] = [search.get("start"), search.get("end")].map((text) =>
    text && /^\d{1,15}$/.test(text) ? Number(text) : null,
  );
  if (typeof start !== "number" || typeof end !== "number" || end - start < LEAST_SPAN_MS)
    return { kind: "moving", range };
  return { kind: "fixed", start, end, range };
}

/** The search of the URL with another window in it; what else is in there stays. */
export function writeWindow(search: URLSearchParams, window: ChartWindow): URLSearchParams {
  const next = new URLSearchParams(search);
  next.set("range", window.range);
  next.delete("start");
  next.delete("end");
  if (window.kind === "fixed") {
    next.set("start", String(Math.round(window.start)));
    next.set("end", String(Math.round(window.end)));
  }
  return next;
}

/** A window as the server is asked for it. */
export function askedFor(window: ChartWindow): { range: Range } | { start: number; end: number } {
  return window.kind === "moving" ? { range: window.range } : { start: window.start, end: window.end };
}

/** What tells one window's data from another's. */
export function windowKey(window: ChartWindow): string {
  return window.kind === "moving" ? window.range : `${window.start}-${window.end}`;
}

export function spanOf(window: ChartWindow): number {
  return window.kind === "moving" ? SPAN_MS[window.range] : window.end - window.start;
}

/** The window as two times; one that moves ends at `now`. */
export function boundsOf(window: ChartWindow, now: number): { start: number; end: number } {
  return window.kind === "fixed"
    ? { start: window.start, end: window.end }
    : { start: now - SPAN_MS[window.range], end: now };
}

/** A time as an input of type datetime-local has it: local, to the second. */
export function toLocalInput(ms: number): string {
  const moment = new Date(ms);
  const pad = (part: number) => String(part).padStart(2, "0");
  const date = `${moment.getFullYear()}-${pad(moment.getMonth() + 1)}-${pad(moment.getDate())}`;
  return `${date}T${pad(moment.getHours())}:${pad(moment.getMinutes())}:${pad(moment.getSeconds())}`;
}

/** What such an input says, in ms; null where it says nothing. */
export function fromLocalInput(text: string): number | null {
  const ms = text === "" ? NaN : new Date(text).getTime();
  return Number.isFinite(ms) && ms >= 0 ? ms : null;
}
