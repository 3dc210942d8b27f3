/** Readings as lines of a picture. */

type Points = readonly (readonly number[])[];

interface Frame {
  /** The times at its left and right edge, in ms. */
  readonly start: number;
  readonly end: number;
  readonly width: number;
  readonly height: number;
}

const PADDING = 4;
/** A pause this many times as long as usual is a hole, not a line. */
const HOLE = 6;

export function lowHigh(points: Points): { low: number; high: number } | null {
  let low = Infinity;
  let high = -Infinity;
  for (const [, value = NaN] of points) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? { low, high } : null;
}

/** SVG paths through `points` ([ms, value], in order of time): one for each stretch without a hole. */
export function chartLines(points: Points, { start, end, width, height }: Frame): string[] {
  const range = lowHigh(points);
  if (!range) return [];
  const span = Math.max(range.high - range.low, Math.abs(range.high) * 1e-6, 1e-9);
  const middle = (range.low + range.high) / 2;
  const times = points.map(([ts = 0]) => ts);
  const steps = times.slice(1).map((ts, index) => ts - (times[index] ?? ts));
  const usual = steps.toSorted((one, other) => one - other)[steps.length >> 1] ?? 0;
  const lines: string[] = [];
  let line = "";
  points.forEach(([ts = 0, value = 0], index) => {
    const x = ((ts - start) / Math.max(end - start, 1)) * width;
    const y = height / 2 - ((value - middle) / span) * (height - 2 * PADDING);
    const place = `${x.toFixed(1)},${y.toFixed(1)}`;
    const hole = index > 0 && (steps[index - 1] ?? 0) > usual * HOLE;
    if (line === "" || hole) {
      if (line) lines.push(line);
      // A single reading is a dot: a line of no length with round ends.
      line = `M${place} L${place}`;
    } else line += ` L${place}`;
  });
  lines.push(line);
  return lines;
}
