import { describe, expect, it } from "vitest";
import { MOST_COMPARED, readSelection, writeSelection } from "./selection";

const id = (number: number) => String(number).padStart(24, "0");

describe("the compared sensors", () => {
  it("are the same when the address is opened again", () => {
    const selection = { sensors: [id(1), id(2)], range: "7d" as const, job: id(9) };
    expect(readSelection(writeSelection(selection))).toEqual(selection);
  });

  it("are each there once, as many as have a colour, and only what can be an id", () => {
    const many = Array.from({ length: 9 }, (_, number) => id(number));
    const search = new URLSearchParams({
      sensors: [id(0), "../x", ...many].join(","),
      range: "2y",
      job: "x",
    });
    expect(readSelection(search)).toEqual({ sensors: many.slice(0, MOST_COMPARED), range: "24h", job: null });
  });
});
