export type BodyPart = { kind: "text"; text: string } | { kind: "link"; text: string; href: string };

const URL_PATTERN =
  /https?:\/\/[^\s<>"'`\u3000\u3001\u3002\uff0c\uff01\uff1f\uff1b\uff1a\u201c\u201d\u300a\u300b\uff08\uff09]+/giu;
const TRAILING = /[.,;:!?'"*_~]+$/u;

/** Splits text at its web addresses. Punctuation that ends a sentence, and a bracket that opened before, stay outside. */
export function linkify(body: string): BodyPart[] {
  const parts: BodyPart[] = [];
  let end = 0;
  for (const match of body.matchAll(URL_PATTERN)) {
    const text = withoutTrailing(match[0]);
    const href = safeHref(text);
    if (href === null) continue;
    if (match.index > end) parts.push({ kind: "text", text: body.slice(end, match.index) });
    parts.push({ kind: "link", text, href });
    end = match.index + text.length;
  }
  if (end < body.length) parts.push({ kind: "text", text: body.slice(end) });
  return parts;
}

function withoutTrailing(url: string): string {
  let text = url.replace(TRAILING, "");
  for (const [open, close] of ["()", "[]", "{}"] as const) {
    while (text.endsWith(close ?? "") && count(text, close ?? "") > count(text, open ?? "")) {
      text = text.slice(0, -1).replace(TRAILING, "");
    }
  }
  return text;
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

/** The address, if it is one of the web: nothing else may become a link. */
function safeHref(text: string): string | null {
  try {
    const url = new URL(text);
    return (url.protocol === "https:" || url.protocol === "http:") && url.hostname !== "" ? url.href : null;
  } catch {
    return null;
  }
}
