import { describe, expect, it } from "vitest";
import { drawableValue, valueRange } from "./valueAxis";

describe("the axis of values", () => {
  it.each([
    [0.4, 0.2, 0.6],
    [3.3, 3.1, 3.5],
    [-0.4, -0.6, -0.2],
    [1.5e-5, 1.3e-5, 1.7e-5],
    [1013.25, 1013.23, 1013.27],
    [100, 80, 120],
    [0, -1, 1],
  ])("shows a steady %d between round numbers", (value, low, high) => {
    const range = valueRange([value, value]);
    expect(range[0]).toBeCloseTo(low, 10);
    expect(range[1]).toBeCloseTo(high, 10);
  });

  it("is as long as its values are apart", () => {
    expect(valueRange([21, 19.5, 20])).toEqual([19.5, 21]);
    expect(valueRange([])).toEqual([0, 1]);
  });

  it("has a finite length whatever is measured", () => {
    for (const value of [5e-324, -1e-310, 1.7e308, -1.7e308]) {
      const [low, high] = valueRange([drawableValue(value), drawableValue(-value)]);
      expect(low).toBeLessThan(high);
      expect(Number.isFinite(high - low)).toBe(true);
    }
  });
});
