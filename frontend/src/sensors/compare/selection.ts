/** Which sensors are compared, over which time, and which picture of them was asked for: as the URL has it. Pure functions. */
import { type Range, ranges } from "../chartWindow";

/** One more than this has no colour of its own that is told from the others. */
export const MOST_COMPARED = 6;
export const LEAST_COMPARED = 2;

export interface Selection {
  sensors: string[];
  range: Range;
  /** The id of the job that draws the picture. */
  job: string | null;
}

const ID = /^[0-9a-f]{24}$/;

export function readSelection(search: URLSearchParams): Selection {
  const ids = (search.get("sensors") ?? "").split(",").filter((id) => ID.test(id));
  const job = search.get("job");
  return {
    sensors: [...new Set(ids)].slice(0, MOST_COMPARED),
    range: ranges.find((range) => range === search.get("range")) ?? "24h",
    job: job !== null && ID.test(job) ? job : null,
  };
}

export function writeSelection({ sensors, range, job }: Selection): URLSearchParams {
  const search = new URLSearchParams({ range });
  if (sensors.length > 0) search.set("sensors", sensors.join(","));
  if (job !== null) search.set("job", job);
  return search;
}
