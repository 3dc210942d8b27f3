import { describe, expect, it } from "vitest";
import { errorCodes } from "@/api/errors";
import { matchLocale } from "./locale";
import en from "./locales/en.json";
import zhCN from "./locales/zh-CN.json";

interface Tree {
  [key: string]: string | Tree;
}

function flatten(tree: Tree, prefix = ""): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === "string") flat.set(prefix + key, value);
    else for (const [inner, text] of flatten(value, `${prefix}${key}.`)) flat.set(inner, text);
  }
  return flat;
}

const PLURAL = /_(?:zero|one|two|few|many|other)$/;
const stems = (flat: Map<string, string>) =>
  [...new Set([...flat.keys()].map((key) => key.replace(PLURAL, "")))].sort();
const placeholders = (text: string) => [...new Set(text.match(/\{\{\w+\}\}/g))].sort();

const languages = { en: flatten(en), "zh-CN": flatten(zhCN) };

describe.each(Object.entries(languages))("the %s texts", (locale, flat) => {
  it("say everything that the English ones say, and nothing else", () => {
    expect(stems(flat)).toEqual(stems(languages.en));
  });

  it("are all filled in", () => {
    expect([...flat].filter(([, text]) => text.trim() === "")).toEqual([]);
  });

  it("have every plural form that the language has", () => {
    const { pluralCategories } = new Intl.PluralRules(locale).resolvedOptions();
    for (const stem of new Set(
      [...flat.keys()].filter((key) => PLURAL.test(key)).map((key) => key.replace(PLURAL, "")),
    )) {
      expect(
        [...flat.keys()].filter((key) => key.replace(PLURAL, "") === stem && PLURAL.test(key)).sort(),
      ).toEqual(pluralCategories.map((category) => `${stem}_${category}`).sort());
    }
  });

  it("fill in what the English ones fill in", () => {
    for (const [key, text] of flat) {
      const english = languages.en.get(key) ?? languages.en.get(key.replace(PLURAL, "_other")) ?? "";
      expect([key, placeholders(text)]).toEqual([key, placeholders(english)]);
    }
  });

  it("have a sentence for every error code", () => {
    expect(errorCodes.filter((code) => !flat.has(`errors.${code}`))).toEqual([]);
  });
});

describe("the language of a browser", () => {
  it.each([
    [["zh-CN"], "zh-CN"],
    [["zh-Hant-TW", "en"], "zh-CN"],
    [["de-DE", "zh", "en"], "zh-CN"],
    [["en-GB", "zh"], "en"],
    [["de"], "en"],
    [[], "en"],
  ])("of %j is %s", (preferred, locale) => {
    expect(matchLocale(preferred)).toBe(locale);
  });
});
