import { describe, expect, it } from "vitest";
import type { ReadingPair } from "@/realtime/events";
import { extremes, formatValue, mergeReadings } from "./readings";

describe("live readings", () => {
  const known: ReadingPair[] = [
    [1000, 1],
    [2000, 2],
  ];

  const kept = (spanMs: number, fewest = 1) => ({ spanMs, fewest, longestMs: 86_400_000 });

  it("of a sensor that sends seldom are kept for a line, but not for longer than a day", () => {
    const every = (step: number): ReadingPair[] =>
      Array.from({ length: 100 }, (_, index) => [index * step, 1]);
    expect(mergeReadings([], every(300_000), kept(900_000, 30))).toHaveLength(30);
    expect(mergeReadings([], every(1_000), kept(60_000, 30))).toHaveLength(61);
    expect(mergeReadings([], every(3_600_000), kept(900_000, 30))).toHaveLength(25);
    expect(mergeReadings([], every(300_000).slice(0, 3), kept(900_000, 30))).toHaveLength(3);
  });

  it("grow at the end", () => {
    expect(mergeReadings(known, [[3000, 3]], kept(60_000))).toEqual([...known, [3000, 3]]);
  });

  it("take late and repeated ones in their place, once", () => {
    const merged = mergeReadings(
      known,
      [
        [1500, 9],
        [2000, 2.5],
        [2500, 3],
      ],
      kept(60_000),
    );
    expect(merged).toEqual([
      [1000, 1],
      [1500, 9],
      [2000, 2.5],
      [2500, 3],
    ]);
  });

  it("let go of what is older than the span, counted from the newest reading and not from this clock", () => {
    expect(mergeReadings(known, [[3000, 3]], kept(1000))).toEqual([
      [2000, 2],
      [3000, 3],
    ]);
  });
});

describe("thinning to what can be drawn", () => {
  const flat: ReadingPair[] = Array.from({ length: 1000 }, (_, index) => [index * 10, 5]);

  it("keeps a peak of a single reading", () => {
    const peaked = flat.map(([ts, value], index): ReadingPair => [ts, index === 637 ? 99 : value]);
    const points = extremes(peaked, 50);
    expect(points.length).toBeLessThanOrEqual(100);
    expect(points).toContainEqual([6370, 99]);
  });

  it("stays in the order of time", () => {
    const noisy = flat.map(([ts], index): ReadingPair => [ts, Math.sin(index) * 10]);
    const times = extremes(noisy, 40).map(([ts]) => ts);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
  });

  it("leaves a few as they are", () => {
    expect(extremes([[1, 2]], 50)).toEqual([[1, 2]]);
    expect(extremes([], 50)).toEqual([]);
  });
});

it.each([
  [0, "0"],
  [0.0421, "0.042"],
  [-3.14159, "-3.14"],
  [21.5, "21.5"],
  [456.78, "456.8"],
  [1234567.8, "1,234,568"],
])("reads %d off the dial as %s", (value, text) => {
  expect(formatValue(value, "en")).toBe(text);
});
