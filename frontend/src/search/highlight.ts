export interface Part {
  readonly text: string;
  readonly hit: boolean;
}

/** The words and "quoted parts" of a query. */
export function queryWords(query: string): string[] {
  return [...query.matchAll(/"([^"]+)"|([^\s"]+)/gu)]
    .map((match) => (match[1] ?? match[2] ?? "").trim())
    .filter(Boolean);
}

/** A text cut where words of the query are found, whatever their case. */
export function highlight(text: string, query: string): Part[] {
  const words = queryWords(query).map((word) => word.replace(/[.*+?^${}()|[\]\\]/gu, "\\$&"));
  if (words.length === 0) return [{ text, hit: false }];
  const pattern = new RegExp(`(${words.sort((one, other) => other.length - one.length).join("|")})`, "giu");
  return text
    .split(pattern)
    .map((part, index) => ({ text: part, hit: index % 2 === 1 }))
    .filter((part) => part.text !== "");
}
