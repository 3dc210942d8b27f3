/** Numbers about the server as people read them. Pure functions. */
const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** A number of bytes in the unit that leaves it one to three digits before the point. */
export function sizeText(bytes: number, language: string): string {
  const step = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const format = {
    style: "unit",
    unit: UNITS[step],
    unitDisplay: "short",
    maximumFractionDigits: 1,
  } as const;
  return new Intl.NumberFormat(language, format).format(bytes / 1000 ** step);
}

/** Seconds, with a decimal where there are few. */
export function secondsText(seconds: number, language: string): string {
  const format = { style: "unit", unit: "second", unitDisplay: "short" } as const;
  return new Intl.NumberFormat(language, { ...format, maximumFractionDigits: seconds < 10 ? 1 : 0 }).format(
    seconds,
  );
}

/** How long a job took, or null while it has not ended. Times in RFC 3339. */
export function tookSeconds(startedAt: string | null, finishedAt: string | null): number | null {
  if (startedAt === null || finishedAt === null) return null;
  return Math.max(0, (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000);
}
