/** What stands on lines of their own: code between fences, quotations, lists, and the paragraphs between them. */
import { parseInline } from "./inline";
import { type Block, type FindMention, MAX_DEPTH } from "./tree";

const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*(.*)$/;
const QUOTED = /^ {0,3}>(?: |$)/;
const ITEM = /^( {0,3})([-*]|\d{1,9}\.) {1,4}(?=\S)/;
/** `* * *` and the like, which elsewhere draw a line; here they stay what they are. */
const RULE = /^ {0,3}([-*_])(?: *\1){2,} *$/;

export function parseMarkdown(text: string, findMention?: FindMention): Block[] {
  return parseBlocks(text.replace(/\r\n?/g, "\n").split("\n"), findMention, 0);
}

function parseBlocks(lines: readonly string[], findMention: FindMention | undefined, depth: number): Block[] {
  const blocks: Block[] = [];
  let paragraph: string[] = [];
  const endParagraph = () => {
    if (paragraph.length > 0)
      blocks.push({ kind: "paragraph", children: parseInline(paragraph.join("\n"), findMention) });
    paragraph = [];
  };
  const nest = (inner: readonly string[]) => parseBlocks(inner, findMention, depth + 1);

  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? "";
    const fence = fenceOf(line);
    if (line.trim() === "") {
      endParagraph();
      at++;
    } else if (fence) {
      endParagraph();
      const end = endOfFence(lines, at, fence.marks);
      blocks.push({
        kind: "code",
        text: lines.slice(at + 1, end).join("\n"),
        language: fence.language,
      });
      at = end + 1;
    } else if (depth < MAX_DEPTH && QUOTED.test(line)) {
      endParagraph();
      const from = at;
      while (at < lines.length && QUOTED.test(lines[at] ?? "")) at++;
      blocks.push({ kind: "quote", blocks: nest(lines.slice(from, at).map(unquoted)) });
    } else if (depth < MAX_DEPTH && beginsList(line, paragraph.length > 0)) {
      endParagraph();
      const list = readList(lines, at);
      blocks.push({ kind: "list", start: list.start, items: list.items.map(nest) });
      at = list.end;
    } else {
      paragraph.push(line);
      at++;
    }
  }
  endParagraph();
  return blocks;
}

function fenceOf(line: string): { marks: string; language: string } | null {
  const found = FENCE.exec(line);
  const [, marks = "", rest = ""] = found ?? [];
  // Backticks after the fence: a span of code that happens to begin the line.
  if (!found || (marks.startsWith("`") && rest.includes("`"))) return null;
  return { marks, language: rest.trim().split(/\s/u)[0] ?? "" };
}

/** The line of the fence that closes; the number of lines where none does. */
function endOfFence(lines: readonly string[], from: number, marks: string): number {
  for (let at = from + 1; at < lines.length; at++) {
    const found = FENCE.exec(lines[at] ?? "");
    if (found?.[1]?.startsWith(marks) && (found[2] ?? "").trim() === "") return at;
  }
  return lines.length;
}

function unquoted(line: string): string {
  return line.replace(QUOTED, "");
}

function beginsList(line: string, inParagraph: boolean): boolean {
  const item = ITEM.exec(line);
  if (!item || RULE.test(line)) return false;
  // "It was in\n1986. A good year" is no list.
  return !inParagraph || !/\d/.test(item[2] ?? "") || item[2] === "1.";
}

interface List {
  start: number | null;
  items: string[][];
  end: number;
}

/** The items with the same kind of mark; lines that are indented as far as an item's text belong to it. */
function readList(lines: readonly string[], from: number): List {
  const [, , firstMark = ""] = ITEM.exec(lines[from] ?? "") ?? [];
  const kind = kindOf(firstMark);
  const items: string[][] = [];
  let indent = 0;
  let at = from;
  while (at < lines.length) {
    const line = lines[at] ?? "";
    const item = ITEM.exec(line);
    if (
      item &&
      kindOf(item[2] ?? "") === kind &&
      !RULE.test(line) &&
      (item[1]?.length ?? 0) < Math.max(indent, 1)
    ) {
      indent = item[0].length;
      items.push([line.slice(indent)]);
      at++;
    } else if (items.length === 0) {
      indent = item?.[0].length ?? 0;
      items.push([line.slice(indent)]);
      at++;
    } else if (line.trim() === "") {
      let next = at;
      while (next < lines.length && (lines[next] ?? "").trim() === "") next++;
      if (next === lines.length || !goesOn(lines[next] ?? "", indent, kind)) break;
      items.at(-1)?.push("");
      at = next;
    } else if (indentOf(line) >= indent) {
      items.at(-1)?.push(line.slice(indent));
      at++;
    } else break;
  }
  return { start: kind === "." ? Number.parseInt(firstMark, 10) : null, items, end: at };
}

function goesOn(line: string, indent: number, kind: string): boolean {
  return indentOf(line) >= indent || kindOf(ITEM.exec(line)?.[2] ?? "") === kind;
}

function kindOf(mark: string): string {
  return mark.slice(-1);
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
