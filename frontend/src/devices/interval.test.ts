import { describe, expect, it } from "vitest";
import type { Device } from "@/api/types";
import { intervalText, intervals, toMs } from "./interval";

type Status = Device["status"];
const said = (interval_ms: number | null) => ({ interval_ms }) as Status;

describe("an interval", () => {
  it.each([
    [100, "0.1 sec"],
    [2_500, "2.5 sec"],
    [90_000, "90 sec"],
    [120_000, "2 min"],
    [3_600_000, "1 hr"],
  ])("of %i ms is read as %s", (ms, text) => {
    expect(intervalText(ms, "en")).toBe(text);
  });

  it("is in force when the device says so, and asked for until then", () => {
    expect(intervals({ interval_ms: 500, status: said(500) })).toEqual({ inForce: 500, pending: null });
    expect(intervals({ interval_ms: 500, status: said(2_000) })).toEqual({ inForce: 2_000, pending: 500 });
    expect(intervals({ interval_ms: 500, status: null })).toEqual({ inForce: null, pending: 500 });
    expect(intervals({ interval_ms: null, status: said(2_000) })).toEqual({ inForce: 2_000, pending: null });
  });

  it("is whole milliseconds of the seconds that were typed", () => {
    expect(toMs("0.3")).toBe(300);
    expect(toMs(1.1)).toBe(1_100);
    expect(toMs("")).toBeNull();
  });
});
