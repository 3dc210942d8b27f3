import { describe, expect, it } from "vitest";
import { linkify } from "./linkify";

const links = (body: string) => linkify(body).flatMap((part) => (part.kind === "link" ? [part.text] : []));

describe("addresses in messages", () => {
  it("become links, and the text around them stays", () => {
    expect(linkify("see https://example.org/a?b=1#c now")).toEqual([
      { kind: "text", text: "see " },
      { kind: "link", text: "https://example.org/a?b=1#c", href: "https://example.org/a?b=1#c" },
      { kind: "text", text: " now" },
    ]);
  });

  it("end before the punctuation of the sentence", () => {
    expect(links("https://example.org/a. (https://example.org/b) https://example.org/c!")).toEqual([
      "https://example.org/a",
      "https://example.org/b",
      "https://example.org/c",
    ]);
  });

  it("keep a bracket that is theirs", () => {
    expect(links("https://example.org/Mean_(statistics)")).toEqual(["https://example.org/Mean_(statistics)"]);
  });

  it("end at Chinese punctuation", () => {
    expect(links("请看https://example.org/图表，谢谢。")).toEqual(["https://example.org/图表"]);
  });

  it.each([
    "javascript:alert(1)",
    "data:text/html,x",
    "//example.org",
    "https://",
    "ftp://example.org",
    "http:// x",
  ])("does not make a link of %s", (body) => {
    expect(links(body)).toEqual([]);
  });

  it("loses no character of any message", () => {
    const body = "a https://example.org/x). b\n\nhttp://[::1]/y、https://%zz c";
    expect(
      linkify(body)
        .map(({ text }) => text)
        .join(""),
    ).toBe(body);
  });
});
