/**
 * How far a chart's axis of values reaches, and what it can show: the rules of services/charting/charts/valueaxis.py, for a
 * chart that readings are added to on this page.
 */

const LEAST = 1e-290;
const MOST = 5e307;
/** Values that differ by less than this share of themselves are one value. */
const SAME = 1e-9;
/** A steady value is labelled with so many significant digits at most. */
const DIGITS = 6;

/** The value, or the nearest one that can be drawn. */
export function drawableValue(value: number): number {
  return Math.abs(value) < LEAST ? 0 : Math.max(-MOST, Math.min(MOST, value));
}

/** The lowest and the highest of the values; of a steady value a little more on either side, for an axis with labels. */
export function valueRange(values: Iterable<number>): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return [0, 1];
  if (high - low > SAME * Math.max(Math.abs(low), Math.abs(high))) return [low, high];
  const around = 2 * stepOf(low);
  return [Math.max(-MOST, low - around), Math.min(MOST, high + around)];
}

/** The power of ten that a steady value is told to: of its last digit, and small beside the value. */
function stepOf(value: number): number {
  if (value === 0) return 0.5;
  const [mantissa = "", exponent = "0"] = Math.abs(value)
    .toExponential(DIGITS - 1)
    .split("e");
  const decimals = mantissa.replace(/\.?0+$/, "").split(".")[1]?.length ?? 0;
  let power = Number(exponent) - decimals;
  while (4 * Number(`1e${power}`) > Math.abs(value) * (1 + SAME)) power -= 1;
  return Number(`1e${power}`);
}
