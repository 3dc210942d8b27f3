import { describe, expect, it } from "vitest";
import {
  askedFor,
  boundsOf,
  fromLocalInput,
  readWindow,
  toLocalInput,
  windowKey,
  writeWindow,
} from "./chartWindow";

const read = (search: string) => readWindow(new URLSearchParams(search));

describe("the window in a URL", () => {
  it.each([
    ["", { kind: "moving", range: "1h" }],
    ["range=7d", { kind: "moving", range: "7d" }],
    ["range=2w", { kind: "moving", range: "1h" }],
    ["range=7d&start=5000&end=9000", { kind: "fixed", start: 5000, end: 9000, range: "7d" }],
    ["start=9000&end=5000", { kind: "moving", range: "1h" }],
    ["start=9000&end=9100", { kind: "moving", range: "1h" }],
    ["start=-1&end=5000", { kind: "moving", range: "1h" }],
    ["start=1e3&end=50000", { kind: "moving", range: "1h" }],
    ["start=5000", { kind: "moving", range: "1h" }],
  ])("%s", (search, expected) => {
    expect(read(search)).toEqual(expected);
  });

  it("is written without touching what else is there, and read back as it was", () => {
    const search = new URLSearchParams("kind=heatmap&range=24h");
    const zoomed = writeWindow(search, { kind: "fixed", start: 1000.4, end: 5000.6, range: "24h" });
    expect(zoomed.toString()).toBe("kind=heatmap&range=24h&start=1000&end=5001");
    expect(readWindow(zoomed)).toEqual({ kind: "fixed", start: 1000, end: 5001, range: "24h" });
    expect(writeWindow(zoomed, { kind: "moving", range: "24h" }).toString()).toBe(search.toString());
  });
});

describe("a window", () => {
  const moving = { kind: "moving", range: "1h" } as const;
  const fixed = { kind: "fixed", start: 10, end: 20, range: "7d" } as const;

  it("is asked for by its range where it moves, else by its times", () => {
    expect([askedFor(moving), askedFor(fixed)]).toEqual([{ range: "1h" }, { start: 10, end: 20 }]);
    expect([windowKey(moving), windowKey(fixed)]).toEqual(["1h", "10-20"]);
  });

  it("has two ends", () => {
    expect(boundsOf(moving, 4_000_000)).toEqual({ start: 400_000, end: 4_000_000 });
    expect(boundsOf(fixed, 4_000_000)).toEqual({ start: 10, end: 20 });
  });
});

describe("a local time in an input", () => {
  it("is what was put in", () => {
    const ms = 1_760_054_405_000;
    expect(fromLocalInput(toLocalInput(ms))).toBe(ms);
    expect(toLocalInput(ms)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:05$/);
  });

  it.each(["", "soon"])("is nothing where it says %j", (text) => {
    expect(fromLocalInput(text)).toBeNull();
  });
});
