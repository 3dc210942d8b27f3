/** What is searched for, as the page's address holds it, so that a search can be kept, shared and gone back to. */

export interface SearchFilters {
  query: string;
  roomId: string | null;
  authorId: string | null;
  /** Local days, 2026-11-20, both included. */
  from: string | null;
  to: string | null;
}

const ID = /^[0-9a-f]{24}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Anything that is not what it should be counts as not given: an address may be typed. */
export function readFilters(params: URLSearchParams): SearchFilters {
  const take = (name: string, form: RegExp) => {
    const value = params.get(name);
    return value !== null && form.test(value) ? value : null;
  };
  const day = (name: string) => {
    const value = take(name, DAY);
    return value !== null && startOfDay(value) !== null ? value : null;
  };
  return {
    query: (params.get("q") ?? "").trim(),
    roomId: take("room", ID),
    authorId: take("author", ID),
    from: day("from"),
    to: day("to"),
  };
}

export type FilterName = "q" | "room" | "author" | "from" | "to";

/** The address with one of its filters changed; null or empty takes it away. */
export function withFilter(params: URLSearchParams, name: FilterName, value: string | null): URLSearchParams {
  const changed = new URLSearchParams(params);
  if (value) changed.set(name, value);
  else changed.delete(name);
  return changed;
}

/** When a local day begins, in ms; null for a day that no calendar has. */
function startOfDay(day: string, daysLater = 0): number | null {
  const [year = 0, month = 0, date = 0] = day.split("-").map(Number);
  const moment = new Date(year, month - 1, date);
  if (moment.getFullYear() !== year || moment.getMonth() !== month - 1 || moment.getDate() !== date)
    return null;
  moment.setDate(date + daysLater);
  return moment.getTime();
}

/** The times between which a search looks, in ms: whole days of this browser's time zone, which the server does not know. */
export function timesOf({ from, to }: Pick<SearchFilters, "from" | "to">): { from?: number; to?: number } {
  const start = from === null ? null : startOfDay(from);
  // Not a day's length later: the clocks may change on it.
  const end = to === null ? null : startOfDay(to, 1);
  return { ...(start !== null && { from: start }), ...(end !== null && { to: end - 1 }) };
}
