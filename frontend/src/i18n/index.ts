/** English is part of the page; another language comes as a chunk of its own when it is asked for. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { readItem, writeItem } from "@/lib/storage";
import en from "./locales/en.json";
import { loadServerTexts } from "./serverTexts";
import { type Locale, isLocale, matchLocale } from "./locale";

const STORAGE_KEY = "fieldroom.locale";

const loaders: Record<Exclude<Locale, "en">, () => Promise<{ default: object }>> = {
  "zh-CN": () => import("./locales/zh-CN.json"),
};

/** The language that was chosen in this browser, if one was. */
export function chosenLocale(): Locale | null {
  const stored = readItem(localStorage, STORAGE_KEY);
  return isLocale(stored) ? stored : null;
}

export async function startI18n(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false }, // React escapes
    returnNull: false,
  });
  await showLocale(chosenLocale() ?? matchLocale(navigator.languages));
}

/** Switches the language of the page, without remembering it. */
export async function showLocale(locale: Locale): Promise<void> {
  if (locale !== "en" && !i18next.hasResourceBundle(locale, "translation")) {
    const { default: messages } = await loaders[locale]();
    i18next.addResourceBundle(locale, "translation", messages);
  }
  await loadServerTexts(locale);
  await i18next.changeLanguage(locale);
  // Decides, among others, which regional forms of Chinese characters a font shows.
  document.documentElement.lang = locale;
}

/** Switches the language and remembers it in this browser. */
export async function chooseLocale(locale: Locale): Promise<void> {
  writeItem(localStorage, STORAGE_KEY, locale);
  await showLocale(locale);
}
