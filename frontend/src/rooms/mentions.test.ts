import { describe, expect, it } from "vitest";
import { mentionFinder, mentionOf } from "./mentions";

const names = new Map([
  ["1", "Ann"],
  ["2", "Ann's"],
  ["3", "Two Words"],
  ["4", "小明"],
  ["5", "room"],
]);
const all = { mentions: [...names.keys()], mentions_room: true };
const found = (text: string, message = all) => {
  const at = text.indexOf("@");
  const mention = mentionFinder(message, names)?.(text, at);
  return mention && [text.slice(at, mention.end), mention.who];
};

describe("an @", () => {
  it("means the longest name that the text goes on with", () => {
    expect(found("hi @Ann, you")).toEqual(["@Ann", { userId: "1" }]);
    expect(found("@Ann's turn")).toEqual(["@Ann's", { userId: "2" }]);
    expect(found("@小明你好")).toEqual(["@小明", { userId: "4" }]);
    expect(found("@Annika")).toBeNull();
  });

  it("takes names in any case and width", () => {
    expect(found("@ＡＮＮ!")).toEqual(["@ＡＮＮ", { userId: "1" }]);
  });

  it("takes names with something invisible in them", () => {
    expect(found("@An\u200bn!")).toEqual(["@An\u200bn", { userId: "1" }]);
  });

  it("takes names with spaces in quotation marks", () => {
    expect(found('to @"two  words".')).toEqual(['@"two  words"', { userId: "3" }]);
    expect(found("to @“Two Words”")).toEqual(["@“Two Words”", { userId: "3" }]);
  });

  it("means everyone by room, and a member of that name in quotation marks", () => {
    expect(found("@room!")).toEqual(["@room", "everyone"]);
    expect(found("@room!", { ...all, mentions_room: false })).toBeNull();
    expect(found('@"room"')).toEqual(['@"room"', { userId: "5" }]);
  });

  it("means nobody whom the server did not find", () => {
    expect(found("@Ann", { mentions: ["4"], mentions_room: false })).toBeNull();
    expect(mentionFinder({ mentions: [], mentions_room: false }, names)).toBeUndefined();
  });
});

it("is written with quotation marks where the name needs them", () => {
  expect(["Ann", "Two Words", "room", "小明"].map(mentionOf)).toEqual([
    "@Ann",
    '@"Two Words"',
    '@"room"',
    "@小明",
  ]);
});
