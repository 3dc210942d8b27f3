/** What the page does with a CSV file before the server reads it, and how it asks for columns. */

/** The largest file that the server takes. */
export const MAX_FILE_BYTES = 64_000_000;
/** A preview needs the first rows only: of a large file the rest stays where it is. */
export const PREVIEW_BYTES = 262_144;
/** The longest name of a column that the server looks for. */
const MAX_NAME = 100;
const NEWLINE = 0x0a;

/** The beginning of a file up to a whole line, or all of it where it is small. */
export async function beginningOf(file: Blob, most = PREVIEW_BYTES): Promise<Blob> {
  if (file.size <= most) return file;
  const bytes = new Uint8Array(await file.slice(0, most).arrayBuffer());
  return file.slice(0, endOfLines(bytes) || most);
}

/** Where the last whole line ends; 0 where there is none. In UTF-16, which begins with a mark, a character has two bytes. */
function endOfLines(bytes: Uint8Array): number {
  const [first, second] = bytes;
  const little = first === 0xff && second === 0xfe;
  if (!little && !(first === 0xfe && second === 0xff)) return bytes.lastIndexOf(NEWLINE) + 1;
  for (let at = bytes.length - (bytes.length % 2) - 2; at > 0; at -= 2) {
    if (bytes[little ? at : at + 1] === NEWLINE && bytes[little ? at + 1 : at] === 0) return at + 2;
  }
  return 0;
}

export interface ColumnChoice {
  /** What the server is asked for: the column's name, or its number where the name does not tell it from others. */
  value: string;
  label: string;
}

/** The columns of a file to choose from. */
export function columnChoices(
  columns: readonly string[],
  nameless: (number: number) => string,
): ColumnChoice[] {
  return columns.map((name, index) => {
    const number = String(index + 1);
    const unique = columns.indexOf(name) === columns.lastIndexOf(name);
    const named = name !== "" && name !== number;
    const askable = named && unique && name.length <= MAX_NAME;
    const label = named ? (unique ? name : `${name} (${number})`) : nameless(index + 1);
    return { value: askable ? name : number, label };
  });
}

/** The choice that stands for what the server has found. */
export function chosenColumn(
  choices: readonly ColumnChoice[],
  columns: readonly string[],
  found: string,
): string | null {
  return choices[columns.indexOf(found)]?.value ?? null;
}

export type DelimiterName = "comma" | "semicolon" | "tab" | "bar";

const DELIMITERS: Record<string, DelimiterName> = { ",": "comma", ";": "semicolon", "\t": "tab", "|": "bar" };

export function delimiterName(delimiter: string): DelimiterName {
  return DELIMITERS[delimiter] ?? "comma";
}

/** The formats of times that name no zone of their own, or may not. */
const ZONELESS: ReadonlySet<string> = new Set(["iso", "dmy", "mdy", "excel"]);

export function needsZone(format: string): boolean {
  return ZONELESS.has(format);
}
