export const locales = ["en", "zh-CN"] as const;
export type Locale = (typeof locales)[number];

/** Each language in its own words, so that a reader finds theirs whatever the page is in. */
export const localeNames: Record<Locale, string> = { en: "English", "zh-CN": "简体中文" };

export function isLocale(text: string | null | undefined): text is Locale {
  return locales.includes(text as Locale);
}

/** The first language that a browser prefers and the page has; any Chinese is better read in Chinese than in English. */
export function matchLocale(preferred: readonly string[]): Locale {
  for (const tag of preferred) {
    const language = tag.toLowerCase().split("-")[0];
    if (language === "zh") return "zh-CN";
    if (language === "en") return "en";
  }
  return "en";
}
