import { describe, expect, it } from "vitest";
import { highlight, queryWords } from "./highlight";

const shown = (text: string, query: string) =>
  highlight(text, query)
    .map((part) => (part.hit ? `[${part.text}]` : part.text))
    .join("");

describe("highlight", () => {
  it("marks every word of the query, whatever its case", () => {
    expect(shown("The Vents opened; vents closed", "vents opened")).toBe(
      "The [Vents] [opened]; [vents] closed",
    );
  });

  it("marks Chinese text", () => {
    expect(shown("温室现在是 28 度", "温室")).toBe("[温室]现在是 28 度");
  });

  it("takes quoted parts as they stand", () => {
    expect(queryWords('a "b c" d')).toEqual(["a", "b c", "d"]);
    expect(shown("b c, b", '"b c"')).toBe("[b c], b");
  });

  it("takes no character of the query for a pattern", () => {
    expect(shown("a.c abc (x", "a.c (x")).toBe("[a.c] abc [(x]");
  });

  it("leaves a text alone where nothing is looked for", () => {
    expect(shown("text", "  ")).toBe("text");
  });
});
