/** How often a device reads its sensors, which people give in seconds and the wire has in ms. */
import type { Device } from "@/api/types";

export const MIN_SECONDS = 0.1;
export const MAX_SECONDS = 3_600;

/** In the largest unit that it is a whole number of, seconds at the least. */
export function intervalText(ms: number, locale: string): string {
  const [unit, length] = (
    [
      ["hour", 3_600_000],
      ["minute", 60_000],
    ] as const
  ).find(([, size]) => ms >= size && ms % size === 0) ?? ["second", 1_000];
  const format = new Intl.NumberFormat(locale, {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumFractionDigits: 3,
  });
  return format.format(ms / length);
}

/** What is in force, as the device says, and what it is told where it does not say that this is in force. */
export function intervals({ interval_ms: wanted, status }: Pick<Device, "interval_ms" | "status">) {
  const inForce = status?.interval_ms ?? null;
  return { inForce, pending: wanted !== null && wanted !== inForce ? wanted : null };
}

/** A field's text in ms, null where it is empty. */
export function toMs(seconds: string | number): number | null {
  return seconds === "" ? null : Math.round(Number(seconds) * 1_000);
}
