import { afterEach, describe, expect, it } from "vitest";
import { fromErrorObject } from "@/api/errors";
import { loadServerTexts, serverText, translator } from "./serverTexts";

afterEach(() => loadServerTexts("en"));

describe("what the server says", () => {
  it("stays as it is on an English page", () => {
    expect(serverText("Anything at all.")).toBe("Anything at all.");
  });

  it("is looked up as a whole, or with what it fills in", async () => {
    await loadServerTexts("zh-CN");
    expect(serverText("This is yourself.")).toBe("这是你自己。");
    expect(serverText("At most 40 characters.")).toBe("最多 40 个字符。");
    expect(serverText("String should have at most 1 character")).toBe("最多 1 个字符。");
    expect(serverText("String should have at most 80 characters")).toBe("最多 80 个字符。");
    expect(serverText("List should have at most 6 items after validation, not 7")).toBe("最多 6 项。");
    expect(serverText("Nobody ever said this.")).toBeNull();
  });

  it("is what says most of the forms that fit", () => {
    const translate = translator({ "Be {}": "{0}！", "Be over {}": "多于 {0}" });
    expect(translate("Be over 3")).toBe("多于 3");
    expect(translate("Be a $& (.*)")).toBe("a $& (.*)！");
  });

  it("reaches the fields of a form in the reader's language", async () => {
    await loadServerTexts("zh-CN");
    const fields = { name: "Write something here.", odd: "An odd thing." };
    expect(fromErrorObject({ code: "validation_failed", message: "", fields }).fields).toEqual({
      name: "请填写此项。",
      odd: "An odd thing.",
    });
  });
});
