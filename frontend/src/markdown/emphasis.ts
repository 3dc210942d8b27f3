/**
 * Emphasis: which runs of `*`, `_` and `~~` belong together, and what stands between them. The algorithm is that of
 * CommonMark 0.31 ("process emphasis"), whose lower bounds keep it linear.
 */
import { type Inline, MAX_DEPTH } from "./tree";

export type Marker = "*" | "_" | "~";

/** A run of markers in a text, linked with its neighbours as long as it may still pair with one. */
export interface Run {
  readonly marker: Marker;
  readonly length: number;
  readonly canOpen: boolean;
  readonly canClose: boolean;
  /** How many of its characters are not used. */
  left: number;
  /** What it ends and begins, each from the inside out: 1 emphasis, 2 strong or struck. */
  readonly ends: number[];
  readonly begins: number[];
  previous: Run | null;
  next: Run | null;
}

export type Piece = Inline | { readonly kind: "run"; readonly run: Run };

const SPACE = /\s/u;
const PUNCTUATION = /[\p{P}\p{S}]/u;
/** Scripts that put no spaces between words, with their punctuation: next to these a word may begin or end anywhere. */
const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\u3000-\u303f\uff01-\uff60]/u;

/**
 * The run at `at`, of `length` characters, as its surroundings allow it. Beyond CommonMark, `**中文。**中文` is emphasis:
 * by its letter, bold Chinese could not end with a full stop.
 */
export function runAt(text: string, at: number, length: number): Run {
  const marker = text[at] as Marker;
  const before = characterBefore(text, at);
  const after = String.fromCodePoint(text.codePointAt(at + length) ?? 32);
  const beforeIsEdge = SPACE.test(before);
  const afterIsEdge = SPACE.test(after);
  const beforeIsSign = PUNCTUATION.test(before);
  const afterIsSign = PUNCTUATION.test(after);
  const opens = !afterIsEdge && (!afterIsSign || beforeIsEdge || beforeIsSign || UNSPACED.test(before));
  const closes = !beforeIsEdge && (!beforeIsSign || afterIsEdge || afterIsSign || UNSPACED.test(after));
  const usable = marker !== "~" || length === 2;
  const within = marker === "_";
  return {
    marker,
    length,
    canOpen: usable && opens && (!within || !closes || beforeIsSign),
    canClose: usable && closes && (!within || !opens || afterIsSign),
    left: length,
    ends: [],
    begins: [],
    previous: null,
    next: null,
  };
}

function characterBefore(text: string, at: number): string {
  if (at === 0) return " ";
  const unit = text.charCodeAt(at - 1);
  const isLowSurrogate = unit >= 0xdc00 && unit <= 0xdfff;
  return isLowSurrogate ? text.slice(at - 2, at) : (text[at - 1] ?? " ");
}

/** The runs of a text that wait for a partner, the latest last. */
export class Runs {
  last: Run | null = null;

  push(run: Run): void {
    run.previous = this.last;
    if (this.last) this.last.next = run;
    this.last = run;
  }

  /** Pairs all runs after `bottom` as far as they pair, and forgets them. */
  pairAfter(bottom: Run | null): void {
    const floors = new Map<string, Run | null>();
    let closer = bottom ? bottom.next : this.first();
    while (closer) {
      if (!closer.canClose) {
        closer = closer.next;
        continue;
      }
      const kind = `${closer.marker}${closer.canOpen ? 1 : 0}${closer.length % 3}`;
      const floor = floors.has(kind) ? (floors.get(kind) ?? null) : bottom;
      const opener = openerOf(closer, floor, bottom);
      if (!opener) {
        floors.set(kind, closer.previous);
        const following: Run | null = closer.next;
        if (!closer.canOpen) this.remove(closer);
        closer = following;
        continue;
      }
      const used = opener.left >= 2 && closer.left >= 2 ? 2 : 1;
      opener.left -= used;
      closer.left -= used;
      opener.begins.push(used);
      closer.ends.push(used);
      opener.next = closer;
      closer.previous = opener;
      if (opener.left === 0) this.remove(opener);
      if (closer.left === 0) {
        const following: Run | null = closer.next;
        this.remove(closer);
        closer = following;
      }
    }
    this.last = bottom;
    if (bottom) bottom.next = null;
  }

  private first(): Run | null {
    let run = this.last;
    while (run?.previous) run = run.previous;
    return run;
  }

  private remove(run: Run): void {
    if (run.previous) run.previous.next = run.next;
    if (run.next) run.next.previous = run.previous;
    else this.last = run.previous;
  }
}

function openerOf(closer: Run, floor: Run | null, bottom: Run | null): Run | null {
  for (let run = closer.previous; run && run !== floor && run !== bottom; run = run.previous) {
    if (run.marker === closer.marker && run.canOpen && !isOddMatch(run, closer)) return run;
  }
  return null;
}

/** The rule of three: keeps `*foo**bar*` one emphasis. */
function isOddMatch(opener: Run, closer: Run): boolean {
  if (!closer.canOpen && !opener.canClose) return false;
  return (opener.length + closer.length) % 3 === 0 && (opener.length % 3 !== 0 || closer.length % 3 !== 0);
}

interface Open {
  readonly kind: "strong" | "emphasis" | "struck" | null;
  readonly children: Inline[];
}

/** The tree of what was read, once its runs are paired. */
export function build(pieces: readonly Piece[]): Inline[] {
  const root: Inline[] = [];
  const open: Open[] = [];
  const into = () => open.at(-1)?.children ?? root;
  for (const piece of pieces) {
    if (piece.kind !== "run") {
      append(into(), piece);
      continue;
    }
    const { run } = piece;
    run.ends.forEach(() => {
      const ended = open.pop();
      if (ended?.kind) into().push({ kind: ended.kind, children: ended.children });
    });
    if (run.left > 0) append(into(), { kind: "text", text: run.marker.repeat(run.left) });
    for (const used of run.begins.toReversed()) {
      const kind = run.marker === "~" ? "struck" : used === 2 ? "strong" : "emphasis";
      // What nests too deep to be read is shown without its emphasis, where it stands.
      open.push(open.length < MAX_DEPTH ? { kind, children: [] } : { kind: null, children: into() });
    }
  }
  return root;
}

function append(to: Inline[], piece: Inline): void {
  const last = to.at(-1);
  if (piece.kind === "text" && last?.kind === "text") {
    to[to.length - 1] = { kind: "text", text: last.text + piece.text };
  } else to.push(piece);
}
