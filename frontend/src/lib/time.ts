/** Times as people read them: local, in the language of the page. */

type Formatter = Intl.DateTimeFormat;
const formatters = new Map<string, Formatter>();

function formatter(locale: string, name: string, options: Intl.DateTimeFormatOptions): Formatter {
  const key = `${locale}/${name}`;
  let found = formatters.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(locale, options);
    formatters.set(key, found);
  }
  return found;
}

/** The time of day, to the minute. */
export function clockTime(moment: Date, locale: string): string {
  return formatter(locale, "clock", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(moment);
}

/** Everything, to the second and with the zone: what a tooltip says. */
export function fullTime(moment: Date, locale: string): string {
  return formatter(locale, "full", { dateStyle: "full", timeStyle: "long", hourCycle: "h23" }).format(moment);
}

/** A local calendar day as a key that compares and sorts: 2026-11-20. */
export function dayKey(moment: Date): string {
  const pad = (part: number) => String(part).padStart(2, "0");
  return `${moment.getFullYear()}-${pad(moment.getMonth() + 1)}-${pad(moment.getDate())}`;
}

export type DayName = { kind: "today" } | { kind: "yesterday" } | { kind: "date"; text: string };

/** What a day separator says: today, yesterday, or the date, with the year only where it is another one. */
export function dayName(moment: Date, now: Date, locale: string): DayName {
  const key = dayKey(moment);
  if (key === dayKey(now)) return { kind: "today" };
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (key === dayKey(yesterday)) return { kind: "yesterday" };
  const sameYear = moment.getFullYear() === now.getFullYear();
  const text = sameYear
    ? formatter(locale, "day", { weekday: "long", month: "long", day: "numeric" }).format(moment)
    : formatter(locale, "dayOfYear", { year: "numeric", month: "long", day: "numeric" }).format(moment);
  return { kind: "date", text };
}

export type Age = { unit: "now" } | { unit: "seconds" | "minutes" | "hours" | "days"; count: number };

/** How long ago `then` (ms) was, in the largest unit that still tells something. A clock that is ahead counts as now. */
export function ageOf(then: number, now: number): Age {
  const seconds = Math.floor((now - then) / 1000);
  if (seconds < 1) return { unit: "now" };
  if (seconds < 60) return { unit: "seconds", count: seconds };
  if (seconds < 3600) return { unit: "minutes", count: Math.floor(seconds / 60) };
  if (seconds < 86_400) return { unit: "hours", count: Math.floor(seconds / 3600) };
  return { unit: "days", count: Math.floor(seconds / 86_400) };
}
