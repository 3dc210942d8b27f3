import { describe, expect, it } from "vitest";
import { type Choice, commandsFor, complete, isWhole, triggerAt } from "./completion";

const ann: Choice = { kind: "member", key: "1", nickname: "Ann", username: "ann" };
const two: Choice = { kind: "member", key: "2", nickname: "Two Words", username: "two" };
const command = (name: string, roomsOnly = false) => ({
  name,
  usage: `/${name}`,
  summary: { en: name, "zh-CN": name },
  rooms_only: roomsOnly,
});

describe("what is being typed", () => {
  it.each([
    ["@", "mention", ""],
    ["hi @an", "mention", "an"],
    ['hi @"two w', "mention", "two w"],
    ["你好@小", "mention", "小"],
    ["(@an", "mention", "an"],
    ["/", "command", ""],
    ["/he", "command", "he"],
  ])("%s is a %s", (text, kind, query) => {
    expect(triggerAt(text, text.length)).toMatchObject({ kind, query });
  });

  it.each(["mail@host", "\\@an", "@an ", "say /he", "//he", "/help me", "plain"])("%s is nothing", (text) => {
    expect(triggerAt(text, text.length)).toBeNull();
  });

  it("is what stands before the caret", () => {
    expect(triggerAt("@an and more", 3)).toEqual({ kind: "mention", from: 0, to: 3, query: "an" });
  });
});

describe("a choice", () => {
  const chosen = (text: string, choice: Choice, caret = text.length) => {
    const trigger = triggerAt(text, caret);
    return trigger && complete(text, trigger, choice);
  };

  it("takes the place of what was typed, and the caret stands behind it", () => {
    expect(chosen("hi @a", ann)).toEqual({ text: "hi @Ann ", caret: 8 });
    expect(chosen("@a there", ann, 2)).toEqual({ text: "@Ann there", caret: 5 });
  });

  it("with spaces in its name is written in quotation marks", () => {
    expect(chosen('@"tw', two)?.text).toBe('@"Two Words" ');
  });

  it("of a command begins it", () => {
    expect(chosen("/he", { kind: "command", key: "help", command: command("help") })?.text).toBe("/help ");
  });

  it("that is typed already is sent by Enter", () => {
    const whole = (text: string, choices: Choice[]) => {
      const trigger = triggerAt(text, text.length);
      return trigger && isWhole(trigger, choices);
    };
    expect(whole("@ANN", [ann])).toBe(true);
    expect(whole("@an", [ann])).toBe(false);
    expect(whole("/help", commandsFor([command("help")], "help", false))).toBe(true);
  });
});

it("offers no command of rooms to two people", () => {
  const all = [command("me"), command("topic", true)];
  expect(commandsFor(all, "", true).map(({ key }) => key)).toEqual(["me"]);
  expect(commandsFor(all, "TO", false).map(({ key }) => key)).toEqual(["topic"]);
});
