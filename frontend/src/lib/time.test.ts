import { describe, expect, it } from "vitest";
import { ageOf, clockTime, dayKey, dayName } from "./time";

const NOW = new Date(2026, 10, 20, 15, 30);

describe("the day of a message", () => {
  it("is today and yesterday by the local calendar, not by hours", () => {
    expect(dayName(new Date(2026, 10, 20, 0, 0, 0), NOW, "en")).toEqual({ kind: "today" });
    expect(dayName(new Date(2026, 10, 19, 23, 59, 59), NOW, "en")).toEqual({ kind: "yesterday" });
    expect(dayName(new Date(2026, 10, 18, 23, 59, 59), NOW, "en").kind).toBe("date");
  });

  it("is yesterday across the turn of a year", () => {
    expect(dayName(new Date(2025, 11, 31), new Date(2026, 0, 1), "en")).toEqual({ kind: "yesterday" });
  });

  it("names the year where it is another one", () => {
    const text = (year: number, locale: string) => {
      const name = dayName(new Date(year, 2, 5), NOW, locale);
      return name.kind === "date" ? name.text : "";
    };
    expect(text(2026, "en")).toBe("Thursday, March 5");
    expect(text(2024, "en")).toBe("March 5, 2024");
    expect(text(2024, "zh-CN")).toBe("2024年3月5日");
  });
});

it("writes the time of day with 24 hours", () => {
  expect(clockTime(new Date(2026, 10, 20, 0, 5), "en")).toBe("00:05");
  expect(clockTime(new Date(2026, 10, 20, 17, 5), "zh-CN")).toBe("17:05");
});

it("gives the local day of a moment", () => {
  expect(dayKey(new Date(2026, 0, 3, 23, 59))).toBe("2026-01-03");
});

describe("an age", () => {
  const age = (seconds: number) => ageOf(NOW.getTime() - seconds * 1000, NOW.getTime());

  it("is in the largest unit that still tells something", () => {
    expect([0.4, 3, 59.9, 60, 3599, 3600, 86_399, 86_400, 200_000].map(age)).toEqual([
      { unit: "now" },
      { unit: "seconds", count: 3 },
      { unit: "seconds", count: 59 },
      { unit: "minutes", count: 1 },
      { unit: "minutes", count: 59 },
      { unit: "hours", count: 1 },
      { unit: "hours", count: 23 },
      { unit: "days", count: 1 },
      { unit: "days", count: 2 },
    ]);
  });

  it("is now where the other clock is ahead", () => {
    expect(age(-90)).toEqual({ unit: "now" });
  });
});
