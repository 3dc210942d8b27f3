import { describe, expect, it } from "vitest";
import { parseMarkdown } from "./blocks";
import { plainText } from "./Markdown";
import type { Block, FindMention, Inline } from "./tree";

const tags = { strong: "b", emphasis: "i", struck: "s" } as const;

/** The tree as tags that a person can read; text that looks like them could not be told apart, and none here does. */
function shown(text: string, findMention?: FindMention): string {
  return parseMarkdown(text, findMention).map(drawnBlock).join("");
}

function drawnBlock(block: Block): string {
  switch (block.kind) {
    case "paragraph":
      return `<p>${block.children.map(drawn).join("")}</p>`;
    case "code":
      return `<pre ${block.language}>${block.text}</pre>`;
    case "quote":
      return `<q>${block.blocks.map(drawnBlock).join("")}</q>`;
    case "list":
      return `<list ${block.start ?? "-"}>${block.items.map((item) => `<li>${item.map(drawnBlock).join("")}</li>`).join("")}</list>`;
  }
}

function drawn(inline: Inline): string {
  switch (inline.kind) {
    case "text":
      return inline.text;
    case "code":
      return `<code>${inline.text}</code>`;
    case "mention":
      return `<@${inline.text}>`;
    case "link":
      return `<a ${inline.href}>${inline.children.map(drawn).join("")}</a>`;
    default:
      return `<${tags[inline.kind]}>${inline.children.map(drawn).join("")}</${tags[inline.kind]}>`;
  }
}

const line = (text: string) => shown(text).replace(/^<p>|<\/p>$/g, "");

describe("emphasis", () => {
  it.each([
    ["**bold** and __bold__", "<b>bold</b> and <b>bold</b>"],
    ["*it* and _it_", "<i>it</i> and <i>it</i>"],
    ["~~gone~~ but ~not~ and ~~~not~~~ inside", "<s>gone</s> but ~not~ and ~~~not~~~ inside"],
    ["***both***", "<i><b>both</b></i>"],
    ["**bold *and it* bold**", "<b>bold <i>and it</i> bold</b>"],
    ["*it **and bold** it*", "<i>it <b>and bold</b> it</i>"],
    ["~~a **b ~~c** d~~", "<s>a <b>b ~~c</b> d</s>"],
    ["*foo**bar*", "<i>foo**bar</i>"],
    ["snake_case_name and 2*3*4", "snake_case_name and 2<i>3</i>4"],
    ["a * b * c", "a * b * c"],
    ["**open", "**open"],
    ["****", "****"],
    ["**重要。**之后", "<b>重要。</b>之后"],
    ["他说**“好”**了", "他说<b>“好”</b>了"],
    ["**a** **b**", "<b>a</b> <b>b</b>"],
  ])("%s", (text, wanted) => {
    expect(line(text)).toBe(wanted);
  });
});

describe("code", () => {
  it.each([
    ["`a *b* @c`", "<code>a *b* @c</code>"],
    ["`` a`b ``", "<code>a`b</code>"],
    ["`open *i*", "`open <i>i</i>"],
    ["*a `b* c`", "*a <code>b* c</code>"],
    ["`\\`", "<code>\\</code>"],
  ])("%s", (text, wanted) => {
    expect(line(text)).toBe(wanted);
  });

  it("between fences is kept as it is, with its language", () => {
    expect(shown("see\n```python\nif *a*:\n    <b>\n\n> q\n```\nafter")).toBe(
      "<p>see</p><pre python>if *a*:\n    <b>\n\n> q</pre><p>after</p>",
    );
  });

  it("goes on to the end where no fence closes it, and is not closed by a shorter one", () => {
    expect(shown("````\na\n```\nb")).toBe("<pre >a\n```\nb</pre>");
  });
});

describe("links", () => {
  it.each([
    ["[text](https://example.org/a?b=c)", "<a https://example.org/a?b=c>text</a>"],
    ["[**b** x](https://example.org)", "<a https://example.org/><b>b</b> x</a>"],
    ["[mail](mailto:a@example.org)", "<a mailto:a@example.org>mail</a>"],
    ["[w](https://en.example.org/A_(b))", "<a https://en.example.org/A_(b)>w</a>"],
    ['[t](<https://example.org> "title")', "<a https://example.org/>t</a>"],
    ["see https://example.org/a_b_c.", "see <a https://example.org/a_b_c>https://example.org/a_b_c</a>."],
    ["https://x.org/__init__.py", "<a https://x.org/__init__.py>https://x.org/__init__.py</a>"],
    ["**https://x.org**", "<b><a https://x.org/>https://x.org</a></b>"],
    ["(https://x.org/a_(b))", "(<a https://x.org/a_(b)>https://x.org/a_(b)</a>)"],
    [
      "看https://example.org/温室，谢谢",
      "看<a https://example.org/%E6%B8%A9%E5%AE%A4>https://example.org/温室</a>，谢谢",
    ],
    ["HTTP://x.org", "<a http://x.org/>HTTP://x.org</a>"],
    ["xhttps://x.org", "xhttps://x.org"],
  ])("%s", (text, wanted) => {
    expect(line(text)).toBe(wanted);
  });

  it.each([
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert)",
    "[x](java\tscript:alert)",
    "[x](data:text/html,a)",
    "[x](vbscript:a)",
    "[x](file:///etc/passwd)",
    "[x](/relative)",
    "[x](//host.example)",
    "[x](&#106;avascript:a)",
    "[x]( )",
    "[x]",
    "[x][y]",
    "https://",
    "http://[",
  ])("are none: %s", (text) => {
    expect(shown(text)).not.toContain("<a ");
  });

  it("never hide: one without a visible text stays text", () => {
    expect(line("[](https://x.org)")).toContain("[](");
    expect(line("[\u200b](https://x.org)")).toContain("](");
  });

  it("do not nest", () => {
    expect(line("[a [b](https://x.org) c](https://y.org)")).toMatch(
      /^\[a <a https:\/\/x.org\/>b<\/a> c\]\(<a/,
    );
    expect(line("[see https://x.org](https://y.org)")).toBe("<a https://y.org/>see https://x.org</a>");
  });
});

describe("what is not part of it stays text", () => {
  it.each([
    "<b>x</b>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&lt; &amp; &#42;",
    "# heading",
    "heading\n===",
    "| a | b |\n| - | - |",
    "---",
    "* * *",
    "    four spaces",
    ">_< and >text",
    "-5 degrees",
    "1986) was",
  ])("%s", (text) => {
    expect(line(text)).toBe(text);
  });

  it("as does a picture, whose address is a link", () => {
    expect(line("![alt](https://x.org/a.png)")).toBe(
      "![alt](<a https://x.org/a.png>https://x.org/a.png</a>)",
    );
  });

  it("and a character after a backslash", () => {
    expect(line("\\*a\\* \\`b\\` \\[c\\] \\\\ \\d")).toBe("*a* `b` [c] \\ \\d");
  });
});

describe("lines", () => {
  it("break where they were broken, and keep their spaces", () => {
    expect(shown("a\n  b   c\n\n\nd")).toBe("<p>a\n  b   c</p><p>d</p>");
    expect(shown("a\r\nb")).toBe("<p>a\nb</p>");
  });

  it("that begin with > are a quotation, the others not", () => {
    expect(shown("> a\n> > b\n>\n> c\nd")).toBe("<q><p>a</p><q><p>b</p></q><p>c</p></q><p>d</p>");
  });

  it("that begin with a mark are a list", () => {
    expect(shown("- a\n- b\n  c\n* d")).toBe(
      "<list -><li><p>a</p></li><li><p>b\nc</p></li></list><list -><li><p>d</p></li></list>",
    );
    expect(shown("3. a\n4. b")).toBe("<list 3><li><p>a</p></li><li><p>b</p></li></list>");
    expect(shown("- a\n\n- b\n\nc")).toBe("<list -><li><p>a</p></li><li><p>b</p></li></list><p>c</p>");
  });

  it("nest as far as they are indented", () => {
    expect(shown("- a\n  - b\n    1. c\n- d")).toBe(
      "<list -><li><p>a</p><list -><li><p>b</p><list 1><li><p>c</p></li></list></li></list></li><li><p>d</p></li></list>",
    );
  });

  it("are no list where a sentence goes on with a year", () => {
    expect(shown("It was in\n1986. A good year")).toBe("<p>It was in\n1986. A good year</p>");
    expect(shown("do:\n1. this")).toBe("<p>do:</p><list 1><li><p>this</p></li></list>");
  });
});

describe("mentions", () => {
  const find: FindMention = (text, at) =>
    text.startsWith("@ann", at) ? { end: at + 4, who: { userId: "1" } } : null;

  it("are found by whoever knows the names, and not in words or code", () => {
    expect(shown("@ann, x@ann `@ann` \\@ann **@ann** 请@ann", find)).toBe(
      "<p><@@ann>, x@ann <code>@ann</code> @ann <b><@@ann></b> 请<@@ann></p>",
    );
  });
});

describe("hostile nesting", () => {
  const SIZE = 8_000;
  const fill = (piece: string) => piece.repeat(Math.ceil(SIZE / piece.length)).slice(0, SIZE);

  it.each([
    ["openers", fill("*a ")],
    ["closers", fill("a* ")],
    ["openers and closers", fill("*a ") + fill(" b*")],
    ["all markers", fill("*a _b ~~c __d **e ")],
    ["odd runs", fill("a**b*c***d_")],
    ["brackets", fill("[")],
    ["closing brackets", fill("[a](")],
    ["pairs of brackets", fill("[") + fill("]")],
    ["destinations", fill("[a](b(")],
    ["images", fill("![")],
    ["backticks", Array.from({ length: 120 }, (_, index) => "`".repeat(index + 1)).join(" ")],
    ["addresses", fill("http://[")],
    ["brackets after an address", `https://a${fill(")")}`],
    ["quotations", fill("> ")],
    ["lists", fill("- ")],
    ["deep lists", Array.from({ length: 120 }, (_, index) => `${" ".repeat(index * 2)}- a`).join("\n")],
    ["blank items", fill("- a\n\n\n")],
    ["fences", fill("```\n~~~\n")],
    ["ats", fill("@")],
    ["backslashes", fill("\\")],
    ["links", fill("[a](https://x.org) ")],
    ["links in emphasis", fill("*[a](https://x.org)_")],
  ])("of %s takes a moment and never nests without end", (_name, text) => {
    const depth = (node: Block | Inline): number => {
      const inner =
        "children" in node
          ? node.children
          : "blocks" in node
            ? node.blocks
            : "items" in node
              ? node.items.flat()
              : [];
      return 1 + Math.max(0, ...inner.map(depth));
    };
    const started = performance.now();
    const blocks = parseMarkdown(text);
    // Of what is quadratic in 8,000 characters nothing ends within this; what is linear takes a few ms.
    expect(performance.now() - started).toBeLessThan(400);
    expect(Math.max(...blocks.map(depth))).toBeLessThan(60);
  });
});

it("gives the text alone, on one line", () => {
  expect(plainText("> **a** [b](https://x.org)\n\n- c\n`d`")).toBe("a b c d");
});
