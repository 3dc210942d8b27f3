/**
 * What the server says of a refused request, in the reader's language. The server writes English, and its answers name no
 * texts: the sentence itself is looked up, {} standing for what it fills in. tests/test_server_texts.py holds the tables complete.
 */
import type { Locale } from "./locale";

export type Forms = Readonly<Record<string, string>>;
type Translate = (text: string) => string | null;

const loaders: Record<Exclude<Locale, "en">, () => Promise<{ default: Forms }>> = {
  "zh-CN": () => import("./server/zh-CN.json"),
};

const asItIs: Translate = (text) => text;
let translate = asItIs;

export async function loadServerTexts(locale: Locale): Promise<void> {
  translate = locale === "en" ? asItIs : translator((await loaders[locale]()).default);
}

/** The sentence in the language of the page; null where it has no form of it. */
export function serverText(text: string): string | null {
  return translate(text);
}

export function translator(forms: Forms): Translate {
  const patterns = Object.entries(forms)
    .filter(([text]) => text.includes("{}"))
    // Of two that fit, the one that says more: "at least 3" before "3".
    .sort(([one], [other]) => other.length - one.length)
    .map(([text, form]) => ({ pattern: patternOf(text), form }));
  return (text) => {
    const known = forms[text];
    if (known !== undefined) return known;
    for (const { pattern, form } of patterns) {
      const found = pattern.exec(text);
      if (found) return form.replace(/\{(\d)\}/g, (_, index: string) => found[Number(index) + 1] ?? "");
    }
    return null;
  };
}

function patternOf(text: string): RegExp {
  const parts = text.split("{}").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("(.*?)")}$`, "su");
}
