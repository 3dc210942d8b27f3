/** How long a sensor's readings and rollups are kept, as its form has it. Pure functions. */
import type { Sensor } from "@/api/types";

export const retentionFields = ["raw_days", "minute_days", "hour_days", "day_days"] as const;
export type RetentionField = (typeof retentionFields)[number];

/** Days; 0: for ever; empty: as the installation has it. */
export type RetentionDraft = Record<RetentionField, number | "">;

export function draftOf(own: Sensor["retention_own"]): RetentionDraft {
  const { raw_days: raw, minute_days: minute, hour_days: hour, day_days: day } = own;
  return { raw_days: raw ?? "", minute_days: minute ?? "", hour_days: hour ?? "", day_days: day ?? "" };
}

/** What the server is sent: it keeps nothing of what was there before. */
export function bodyOf(draft: RetentionDraft): Partial<Record<RetentionField, number>> {
  const given = retentionFields.filter((field) => draft[field] !== "");
  return Object.fromEntries(given.map((field) => [field, Number(draft[field])]));
}

export function isChanged(draft: RetentionDraft, own: Sensor["retention_own"]): boolean {
  const before = draftOf(own);
  return retentionFields.some((field) => draft[field] !== before[field]);
}

/** The server's sentence about a field, or (null) about all of them together. */
export function errorOf(
  fields: Readonly<Record<string, string>>,
  field: RetentionField | null,
): string | undefined {
  return fields[field === null ? "retention" : `retention.${field}`];
}
