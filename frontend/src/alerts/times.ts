/** Lengths and ends of silences and alerts. Pure functions. */
import { clockTime, dayKey } from "@/lib/time";

export const timeUnits = ["seconds", "minutes", "hours"] as const;
export type TimeUnit = (typeof timeUnits)[number];
export const SECONDS: Record<TimeUnit, number> = { seconds: 1, minutes: 60, hours: 3600 };

const MORNING_HOUR = 8;

/** The next day's morning, by the local clock: before five somebody is still up from the day before. */
export function tomorrowMorning(now: Date): Date {
  const night = now.getHours() < 5;
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + (night ? 0 : 1), MORNING_HOUR);
}

/** A length of time as exactly as one speaks of it: seconds up to two minutes, then minutes, from two hours on hours. */
export function roughly(seconds: number): number {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 120) return whole;
  const step = whole < 7200 ? 60 : 3600;
  return Math.round(whole / step) * step;
}

/** A time of day, with the date where it is another day's. */
export function momentText(moment: Date, now: Date, locale: string): string {
  if (dayKey(moment) === dayKey(now)) return clockTime(moment, locale);
  return new Intl.DateTimeFormat(locale, {
    ...(moment.getFullYear() !== now.getFullYear() && { year: "numeric" }),
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(moment);
}
