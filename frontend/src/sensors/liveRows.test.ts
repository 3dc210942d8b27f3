import { describe, expect, it } from "vitest";
import type { ReadingPair } from "@/realtime/events";
import type { ChartRow } from "./chartSpec";
import { liveRows, mendedBreaks } from "./liveRows";

describe("new readings as rows", () => {
  const rows = [1000, 2000, 3000].map((t) => ({ t, s: "CPU", v: 1 }));

  it("follow the last", () => {
    expect(liveRows(rows, [[4000, 2]], "CPU")).toEqual([{ t: 4000, s: "CPU", v: 2 }]);
  });

  it("are not drawn twice", () => {
    expect(
      liveRows(
        rows,
        [
          [2000, 1],
          [3000, 1],
        ],
        "CPU",
      ),
    ).toEqual([]);
  });

  it("break the line after a silence", () => {
    expect(liveRows(rows, [[9000, 2]], "CPU")).toEqual([
      { t: 3001, s: "CPU", v: null },
      { t: 9000, s: "CPU", v: 2 },
    ]);
  });

  it("carry a band where the others do", () => {
    const banded = rows.map((row) => ({ ...row, lo: 0, hi: 2 }));
    expect(liveRows(banded, [[4000, 2]], "CPU")).toEqual([{ t: 4000, s: "CPU", v: 2, lo: 2, hi: 2 }]);
  });

  it("begin an empty chart", () => {
    expect(liveRows([], [[1, 2]], "CPU")).toEqual([{ t: 1, s: "CPU", v: 2 }]);
  });
});

describe("a sensor that changes how often it sends", () => {
  const rowsAt = (times: number[]): ChartRow[] => times.map((t) => ({ t, s: "CPU", v: 1 }));
  const readingsAt = (times: number[]): ReadingPair[] => times.map((t) => [t, 1]);
  const seconds = Array.from({ length: 120 }, (_, index) => index * 1000);
  const minutes = Array.from({ length: 14 }, (_, index) => 119_000 + (index + 1) * 60_000);

  it("has no gaps once it is clear that this is no silence", () => {
    const rows = rowsAt(seconds);
    const first = liveRows(rows, readingsAt(minutes.slice(0, 1)), "CPU");
    expect(first.map(({ v }) => v)).toEqual([null, 1]);
    const all = [...rows, ...liveRows(rows, readingsAt(minutes), "CPU")];
    const breaks = all.filter(({ v }) => v === null).map(({ t }) => t);
    const mended = mendedBreaks(all, "CPU", 119_000);
    expect(mended.size).toBeGreaterThan(0);
    expect(breaks.filter((t) => !mended.has(t))).toEqual([]);
  });

  it("keeps the gap of a real silence, and those that the server drew", () => {
    const rows = rowsAt(seconds);
    const later = seconds.slice(0, 20).map((t) => 1_200_000 + t);
    const all = [...rows, ...liveRows(rows, readingsAt(later), "CPU")];
    expect(mendedBreaks(all, "CPU", 119_000).size).toBe(0);
    const slow = [...rows, ...liveRows(rows, readingsAt(minutes), "CPU")];
    expect(mendedBreaks(slow, "CPU", 10 ** 9).size).toBe(0);
  });

  it("has none between the minutes before it sends every second", () => {
    const rows = rowsAt(minutes);
    const faster = seconds.slice(1).map((t) => 960_000 + t);
    expect(liveRows(rows, readingsAt(faster), "CPU").filter(({ v }) => v === null)).toEqual([]);
  });
});
