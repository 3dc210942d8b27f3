import type { TFunction } from "i18next";
import type { ChartWindow } from "./chartWindow";

/** A window in words: "24 h", or its two times. */
export function windowText(window: ChartWindow, locale: string, t: TFunction): string {
  if (window.kind === "moving") return t(`sensors.ranges.${window.range}`);
  const format = new Intl.DateTimeFormat(locale, {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  return format.formatRange(window.start, window.end);
}
