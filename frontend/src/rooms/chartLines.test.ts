import { expect, it } from "vitest";
import { chartLines, lowHigh } from "./chartLines";

const frame = { start: 0, end: 100, width: 100, height: 108 };

it("spans the lowest and the highest value", () => {
  expect(
    chartLines(
      [
        [0, 1],
        [50, 3],
        [100, 2],
      ],
      frame,
    ),
  ).toEqual(["M0.0,104.0 L0.0,104.0 L50.0,4.0 L100.0,54.0"]);
});

it("is broken where readings are missing", () => {
  const points = [0, 1, 2, 3, 50, 51, 52].map((ts) => [ts, 1]);
  expect(chartLines(points, frame)).toHaveLength(2);
});

it("draws a steady value in the middle, and one reading as a dot", () => {
  expect(chartLines([[50, 7]], frame)).toEqual(["M50.0,54.0 L50.0,54.0"]);
});

it("draws nothing of nothing", () => {
  expect(chartLines([], frame)).toEqual([]);
  expect(lowHigh([])).toBeNull();
});
