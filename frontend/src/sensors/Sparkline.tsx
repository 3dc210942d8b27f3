import { memo, useMemo } from "react";
import type { ReadingPair } from "@/realtime/events";
import styles from "./Sparkline.module.css";
import { extremes } from "./readings";

interface Props {
  /** From left to right; the newest reading is at the right edge. */
  readings: readonly ReadingPair[];
}

const WIDTH = 240;
const HEIGHT = 56;
const PADDING = 4;
const SHORTEST_SPAN_MS = 30_000;

/** The shape of the last minutes, or of the last readings of a sensor that sends seldom, without numbers: those stand beside it. */
export const Sparkline = memo(function Sparkline({ readings }: Props) {
  const path = useMemo(() => sparkPath(readings), [readings]);
  if (!path) return <div className={styles.empty} aria-hidden />;
  return (
    <svg className={styles.spark} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden>
      <path d={`${path.line} L${WIDTH},${HEIGHT} L${path.startX},${HEIGHT} Z`} className={styles.area} />
      <path d={path.line} className={styles.line} />
    </svg>
  );
});

/** The line through `readings`, scaled to what they span; null where there is no line to draw. */
export function sparkPath(readings: readonly ReadingPair[]): { line: string; startX: string } | null {
  const [first] = readings;
  const last = readings.at(-1);
  if (!first || !last || readings.length < 2) return null;
  // A sensor that has just begun fills the width with what there is.
  const span = Math.max(last[0] - first[0], SHORTEST_SPAN_MS);
  const points = extremes(readings, WIDTH / 2);
  const values = points.map(([, value]) => value);
  const low = Math.min(...values);
  const high = Math.max(...values);
  // A steady value is a line in the middle, not noise blown up to the full height.
  const range = Math.max(high - low, Math.abs(high) * 0.002, 1e-9);
  const middle = (low + high) / 2;
  const scaled = points.map(([ts, value]) => {
    const x = WIDTH - ((last[0] - ts) / span) * WIDTH;
    const y = HEIGHT / 2 - ((value - middle) / range) * (HEIGHT - 2 * PADDING);
    return [x.toFixed(1), y.toFixed(1)] as const;
  });
  return { line: `M${scaled.map(([x, y]) => `${x},${y}`).join(" L")}`, startX: scaled[0]?.[0] ?? "0" };
}
