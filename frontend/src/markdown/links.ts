/** Which addresses a text may lead to, and where a bare one in it ends. */

const LONGEST = 2_048;
const BARE =
  /https?:\/\/[^\s<>"'`\u3000\u3001\u3002\uff0c\uff01\uff1f\uff1b\uff1a\u201c\u201d\u300a\u300b\uff08\uff09]{1,2040}/iuy;
const TRAILING = new Set(".,;:!?'\"*_~");
const BRACKETS: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
const PROTOCOLS = new Set(["http:", "https:", "mailto:"]);

/** The address, if it is of a kind that a text may lead to; nothing else may become a link. */
export function safeHref(address: string): string | null {
  if (address.length > LONGEST) return null;
  try {
    const url = new URL(address);
    if (!PROTOCOLS.has(url.protocol)) return null;
    return url.protocol === "mailto:" || url.hostname !== "" ? url.href : null;
  } catch {
    return null;
  }
}

export interface BareLink {
  readonly text: string;
  /** null where it only looks like an address. */
  readonly href: string | null;
}

/** What begins at `at` like a web address, null where nothing does. Punctuation that ends a sentence stays outside. */
export function bareLinkAt(text: string, at: number): BareLink | null {
  BARE.lastIndex = at;
  const found = BARE.exec(text)?.[0];
  if (found === undefined) return null;
  const shown = withoutTrailing(found);
  return { text: shown, href: safeHref(shown) };
}

/** Without what ends the sentence around an address, and without a bracket that opened before it. */
function withoutTrailing(address: string): string {
  const surplus = new Map<string, number>();
  for (const character of address) {
    if (Object.values(BRACKETS).includes(character)) add(surplus, character, -1);
    const opening = BRACKETS[character];
    if (opening !== undefined) add(surplus, opening, 1);
  }
  let end = address.length;
  for (; end > 0; end--) {
    const character = address[end - 1] ?? "";
    const opening = BRACKETS[character];
    if (opening === undefined ? !TRAILING.has(character) : (surplus.get(opening) ?? 0) <= 0) break;
    if (opening !== undefined) add(surplus, opening, -1);
  }
  return address.slice(0, end);
}

function add(counts: Map<string, number>, key: string, amount: number): void {
  counts.set(key, (counts.get(key) ?? 0) + amount);
}
