/** What stands within a line: code, links, mentions, escapes and emphasis. Every place of the text is looked at once. */
import { type Piece, type Run, Runs, build, runAt } from "./emphasis";
import { bareLinkAt, safeHref } from "./links";
import type { FindMention, Inline } from "./tree";

const ESCAPABLE = /[!-/:-@[-`{-~]/;
const LETTER = /[\p{L}\p{N}_]/u;
/** Thai, Lao, Myanmar, Khmer; kana and Han: as the server has it. */
const UNSPACED_LETTER =
  /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}]/u;
/** `(address)` or `(<address>)` after a link's text, with an optional title, which nobody would see. */
const DESTINATION =
  /\([ \t\n]*(?:<([^<>\n]{1,2048})>|([^\s<>()]{1,2048}(?:\([^\s<>()]{0,512}\)[^\s<>()]{0,512}){0,8}))(?:[ \t\n]+(?:"[^"]{0,512}"|'[^']{0,512}'))?[ \t\n]*\)/y;

interface Bracket {
  /** Where its piece stands. */
  readonly at: number;
  readonly runsBefore: Run | null;
  readonly isImage: boolean;
}

export function parseInline(text: string, findMention?: FindMention): Inline[] {
  return new InlineReader(text, findMention).read();
}

class InlineReader {
  private pieces: Piece[] = [];
  private readonly runs = new Runs();
  private readonly brackets: Bracket[] = [];
  private readonly codeEnds: ReadonlyMap<number, number>;
  /** Text up to here is in `pieces`. */
  private taken = 0;
  private at = 0;
  private noAddressBefore = 0;

  constructor(
    private readonly text: string,
    private readonly findMention: FindMention | undefined,
  ) {
    this.codeEnds = codeEndsOf(text);
  }

  read(): Inline[] {
    const { text } = this;
    while (this.at < text.length) {
      if (!this.special(text[this.at] ?? "")) this.at++;
    }
    this.flush();
    this.runs.pairAfter(null);
    return build(this.pieces);
  }

  /** Reads what begins here and moves on; false where it is text. */
  private special(character: string): boolean {
    switch (character) {
      case "\\":
        return this.escape();
      case "`":
        return this.code();
      case "*":
      case "_":
      case "~":
        return this.markers(character);
      case "[":
        return this.openBracket(false);
      case "!":
        return this.text[this.at + 1] === "[" && this.openBracket(true);
      case "]":
        return this.closeBracket();
      case "@":
        return this.mention();
      case "h":
      case "H":
        return this.bareLink();
      default:
        return false;
    }
  }

  private escape(): boolean {
    const next = this.text[this.at + 1] ?? "";
    if (!ESCAPABLE.test(next)) return false;
    this.take({ kind: "text", text: next }, this.at + 2);
    return true;
  }

  private code(): boolean {
    const length = runLength(this.text, this.at);
    const end = this.codeEnds.get(this.at);
    if (end === undefined) {
      this.at += length;
      return true;
    }
    const inner = this.text.slice(this.at + length, end - length).replaceAll("\n", " ");
    const padded = inner.startsWith(" ") && inner.endsWith(" ") && inner.trim() !== "";
    this.take({ kind: "code", text: padded ? inner.slice(1, -1) : inner }, end);
    return true;
  }

  private markers(marker: string): boolean {
    const length = runLength(this.text, this.at, marker);
    const run = runAt(this.text, this.at, length);
    if (!run.canOpen && !run.canClose) {
      this.at += length;
      return true;
    }
    this.flush();
    this.pieces.push({ kind: "run", run });
    this.runs.push(run);
    this.taken = this.at += length;
    return true;
  }

  private openBracket(isImage: boolean): boolean {
    this.flush();
    this.brackets.push({ at: this.pieces.length, runsBefore: this.runs.last, isImage });
    const opening = isImage ? "![" : "[";
    this.take({ kind: "text", text: opening }, this.at + opening.length);
    return true;
  }

  private closeBracket(): boolean {
    const bracket = this.brackets.pop();
    if (!bracket || bracket.isImage) return false;
    DESTINATION.lastIndex = this.at + 1;
    const found = DESTINATION.exec(this.text);
    const href = found && safeHref((found[1] ?? found[2] ?? "").replace(/\\([!-/:-@[-`{-~])/g, "$1"));
    if (!href) return false;
    this.flush();
    this.runs.pairAfter(bracket.runsBefore);
    const children = withoutLinks(build(this.pieces.slice(bracket.at + 1)));
    // A link that nobody can see, or that is only white space, would lead somewhere without saying so.
    if (!children.some(isVisible)) return false;
    this.pieces.length = bracket.at;
    this.take({ kind: "link", href, children }, this.at + 1 + found[0].length);
    // Links do not nest: what opened before this one is text.
    this.brackets.length = 0;
    return true;
  }

  private mention(): boolean {
    if (isLetter(this.text, this.at - 1)) return false;
    const found = this.findMention?.(this.text, this.at);
    if (!found) return false;
    this.take({ kind: "mention", text: this.text.slice(this.at, found.end), who: found.who }, found.end);
    return true;
  }

  private bareLink(): boolean {
    if (/[A-Za-z0-9]/.test(this.text[this.at - 1] ?? "")) return false;
    const link = this.at < this.noAddressBefore ? null : bareLinkAt(this.text, this.at);
    if (!link) return false;
    if (link.href === null) {
      // Nor is there one further inside, and looking at each would take time without end.
      this.noAddressBefore = this.at + link.text.length;
      return false;
    }
    this.take(
      { kind: "link", href: link.href, children: [{ kind: "text", text: link.text }] },
      this.at + link.text.length,
    );
    return true;
  }

  /** Keeps the text before this place, then the piece, and goes on at `next`. */
  private take(piece: Piece, next: number): void {
    this.flush();
    this.pieces.push(piece);
    this.taken = this.at = next;
  }

  private flush(): void {
    if (this.at > this.taken) {
      this.pieces.push({ kind: "text", text: this.text.slice(this.taken, this.at) });
      this.taken = this.at;
    }
  }
}

/** Where the code span ends that begins at each run of backticks that begins one. */
function codeEndsOf(text: string): Map<number, number> {
  const ends = new Map<number, number>();
  if (!text.includes("`")) return ends;
  const nearest = new Map<number, number>();
  for (const { index, 0: run } of [...text.matchAll(/`+/g)].reverse()) {
    const end = nearest.get(run.length);
    if (end !== undefined) ends.set(index, end);
    nearest.set(run.length, index + run.length);
  }
  return ends;
}

function runLength(text: string, at: number, character = "`"): number {
  let end = at;
  while (text[end] === character) end++;
  return end - at;
}

function withoutLinks(children: readonly Inline[]): Inline[] {
  return children.flatMap((child): Inline[] => {
    if (child.kind === "link") return withoutLinks(child.children);
    return "children" in child ? [{ ...child, children: withoutLinks(child.children) }] : [child];
  });
}

function isVisible(inline: Inline): boolean {
  return "children" in inline ? inline.children.some(isVisible) : /[^\s\p{Cf}\p{Cc}]/u.test(inline.text);
}

/** Whether an @ after this character stands inside a word. Scripts without spaces between words do not count. */
function isLetter(text: string, at: number): boolean {
  const character = text[at] ?? "";
  return LETTER.test(character) && !isUnspaced(character);
}

/** Whether a character is of a script that puts no spaces between words. */
export function isUnspaced(character: string): boolean {
  return UNSPACED_LETTER.test(character);
}
