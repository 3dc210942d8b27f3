/** A full hour of the day as the language writes it: 7 AM, 07:00. */
export function hourText(hour: number, language: string): string {
  return new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit", timeZone: "UTC" }).format(
    Date.UTC(2000, 0, 1, hour),
  );
}
