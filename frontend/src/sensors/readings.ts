/** Readings as pairs, and what is drawn from them. Pure functions. */
import type { ReadingPair } from "@/realtime/events";

/** How much of a list of readings is kept, counted from its newest. */
export interface Kept {
  spanMs: number;
  /** Of a sensor that sends seldom so many, as far as they are no older than `longestMs`. */
  fewest: number;
  longestMs: number;
}

/** Adds readings to an ascending list; one of a time that is there replaces it. What is too old goes. */
export function mergeReadings(
  readings: readonly ReadingPair[],
  incoming: readonly ReadingPair[],
  { spanMs, fewest, longestMs }: Kept,
): readonly ReadingPair[] {
  const last = readings.at(-1)?.[0] ?? -Infinity;
  const ascending = incoming.every(
    ([ts], index) => ts > (index === 0 ? last : (incoming[index - 1]?.[0] ?? last)),
  );
  let merged: readonly ReadingPair[];
  if (ascending) {
    merged = [...readings, ...incoming];
  } else {
    const byTime = new Map([...readings, ...incoming]);
    merged = [...byTime].sort(([one], [other]) => one - other);
  }
  const newest = merged.at(-1)?.[0] ?? 0;
  const enough = merged.at(-fewest)?.[0] ?? -Infinity;
  const since = Math.max(newest - longestMs, Math.min(newest - spanMs, enough));
  const first = merged.findIndex(([ts]) => ts >= since);
  return first > 0 ? merged.slice(first) : merged;
}

/**
 * At most 2 points for each of `buckets` equal spans of time, its lowest and its highest value in their order, so that a
 * peak of one reading still shows.
 */
export function extremes(readings: readonly ReadingPair[], buckets: number): ReadingPair[] {
  const first = readings[0]?.[0];
  const last = readings.at(-1)?.[0];
  if (first === undefined || last === undefined || readings.length <= 2 * buckets) return [...readings];
  const span = (last - first) / buckets;
  const points: ReadingPair[] = [];
  let low: ReadingPair | null = null;
  let high: ReadingPair | null = null;
  let bucket = 0;
  const flush = () => {
    if (!low || !high) return;
    points.push(...(low === high ? [low] : low[0] < high[0] ? [low, high] : [high, low]));
    low = null;
    high = null;
  };
  for (const reading of readings) {
    const index = Math.min(buckets - 1, Math.floor((reading[0] - first) / span));
    if (index !== bucket) {
      flush();
      bucket = index;
    }
    if (!low || reading[1] < low[1]) low = reading;
    if (!high || reading[1] > high[1]) high = reading;
  }
  flush();
  return points;
}

/** A number as a person reads it off a dial: about four significant digits, never an exponent. */
export function formatValue(value: number, locale: string): string {
  const size = Math.abs(value);
  const fractionDigits = size >= 1000 || value === 0 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 3;
  return new Intl.NumberFormat(locale, { maximumFractionDigits: fractionDigits }).format(value);
}
