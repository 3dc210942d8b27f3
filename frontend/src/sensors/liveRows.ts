/** Readings as rows of a chart that is fed, with the line broken where the sensor was silent: the server's rule (gaps in
 * services/charting/charts/series.py), as far as it can be told before the readings after a silence are there. */
import type { ReadingPair } from "@/realtime/events";
import type { ChartRow } from "./chartSpec";
import { drawableValue } from "./valueAxis";

/** A silence of more than this many times the usual spacing is a gap in the line. */
const GAP_FACTOR = 3;
/** What is usual around a silence: the median of so many spacings on a side of it, and with fewer there is nothing usual. */
const NEIGHBOURS = 10;
const FEWEST_NEIGHBOURS = 5;
/** What is usual in general: the median of so many. */
const SAMPLE = 100;

/** New readings as rows to add behind `rows`, with a break before each that comes after a silence. */
export function liveRows(
  rows: readonly ChartRow[],
  readings: readonly ReadingPair[],
  label: string,
): ChartRow[] {
  const own = rows.filter((row) => row.s === label && row.v !== null);
  const banded = own.some((row) => row.lo !== undefined);
  const times = own.slice(-SAMPLE - 1).map((row) => row.t);
  const general = medianSpacing(times, 1);
  const added: ChartRow[] = [];
  for (const [ts, measured] of readings) {
    const value = drawableValue(measured);
    const last = times.at(-1);
    if (last !== undefined && ts <= last) continue;
    const usual = Math.max(general, medianSpacing(times.slice(-NEIGHBOURS - 1), FEWEST_NEIGHBOURS));
    if (last !== undefined && usual > 0 && ts - last > GAP_FACTOR * usual)
      added.push({ t: last + 1, s: label, v: null });
    added.push(banded ? { t: ts, s: label, v: value, lo: value, hi: value } : { t: ts, s: label, v: value });
    times.push(ts);
  }
  return added;
}

/** The times of breaks after `since` before which a sensor only began to send less often: no silence, as is known by now. */
export function mendedBreaks(rows: readonly ChartRow[], label: string, since: number): Set<number> {
  const own = rows.filter((row) => row.s === label);
  const mended = new Set<number>();
  own.forEach((row, index) => {
    const before = own[index - 1];
    if (row.v !== null || row.t <= since || !before) return;
    const following = own.slice(index + 1, index + 2 * NEIGHBOURS + 2).filter(({ v }) => v !== null);
    const times = following.slice(0, NEIGHBOURS + 1).map(({ t }) => t);
    const silence = (times[0] ?? Infinity) - before.t;
    if (silence <= GAP_FACTOR * medianSpacing(times, FEWEST_NEIGHBOURS)) mended.add(row.t);
  });
  return mended;
}

/** The (lower) median of the time between neighbours, 0 where they are fewer than `fewest`. */
function medianSpacing(times: readonly number[], fewest: number): number {
  const spacings = times.slice(1).map((time, index) => time - (times[index] ?? time));
  if (spacings.length < fewest) return 0;
  return spacings.sort((one, other) => one - other)[Math.floor((spacings.length - 1) / 2)] ?? 0;
}
