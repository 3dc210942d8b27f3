import { describe, expect, it } from "vitest";
import { readFilters, timesOf, withFilter } from "./filters";

const id = "a".repeat(24);

describe("the filters of an address", () => {
  it("are read, and what makes no sense is not", () => {
    const all = new URLSearchParams({
      q: " vent ",
      room: id,
      author: id,
      from: "2026-02-28",
      to: "2026-03-01",
    });
    expect(readFilters(all)).toEqual({
      query: "vent",
      roomId: id,
      authorId: id,
      from: "2026-02-28",
      to: "2026-03-01",
    });
    const wrong = new URLSearchParams({ room: "../x", author: "", from: "2026-02-30", to: "tomorrow" });
    expect(readFilters(wrong)).toEqual({ query: "", roomId: null, authorId: null, from: null, to: null });
  });

  it("change one at a time, and go where they are emptied", () => {
    const before = new URLSearchParams({ q: "vent", room: id });
    expect(withFilter(before, "from", "2026-03-01").toString()).toBe(`q=vent&room=${id}&from=2026-03-01`);
    expect(withFilter(before, "room", null).toString()).toBe("q=vent");
    expect(before.toString()).toBe(`q=vent&room=${id}`);
  });
});

describe("the days of a search", () => {
  it("are whole ones of the reader's own time, the last included", () => {
    const { from, to } = timesOf({ from: "2026-03-01", to: "2026-03-01" });
    expect(from).toBe(new Date(2026, 2, 1).getTime());
    expect(to).toBe(new Date(2026, 2, 2).getTime() - 1);
  });

  it("may be open on either side", () => {
    expect(timesOf({ from: null, to: null })).toEqual({});
    expect(Object.keys(timesOf({ from: "2026-03-01", to: null }))).toEqual(["from"]);
  });
});
