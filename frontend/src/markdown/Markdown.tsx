import { IconExternalLink } from "@tabler/icons-react";
import { Fragment, type ReactNode, memo } from "react";
import styles from "./Markdown.module.css";
import { parseMarkdown } from "./blocks";
import type { Block, FindMention, Inline } from "./tree";

interface Props {
  text: string;
  /** Whom an @ in the text means; without it nobody. */
  findMention?: FindMention | undefined;
  /** Whose mention stands out. */
  ownId?: string;
  /** Stands at the end of the last line. */
  trailing?: ReactNode;
}

/** A text as its writer meant it. Everything becomes an element or a text node; nothing of it is ever read as HTML. */
export const Markdown = memo(function Markdown({ text, findMention, ownId, trailing }: Props) {
  const blocks = parseMarkdown(text, findMention);
  const last = blocks.at(-1);
  const endsInText = last?.kind === "paragraph";
  return (
    <>
      {blocks.map((block, index) => (
        <Fragment key={index}>
          {drawBlock(block, ownId, endsInText && block === last ? trailing : undefined)}
        </Fragment>
      ))}
      {!endsInText && trailing}
    </>
  );
});

/** The text alone, on one line: what a quotation of it shows. */
export function plainText(text: string, findMention?: FindMention): string {
  return parseMarkdown(text, findMention).map(blockText).join(" ").replace(/\s+/gu, " ").trim();
}

function drawBlock(block: Block, ownId?: string, trailing?: ReactNode): ReactNode {
  switch (block.kind) {
    case "paragraph":
      return (
        <p className={styles.paragraph} dir="auto">
          {drawAll(block.children, ownId)}
          {trailing}
        </p>
      );
    case "code":
      return (
        // A long line scrolls, so it must be reachable by keyboard.
        <pre className={styles.code} tabIndex={0} data-language={block.language || undefined}>
          <code>{block.text}</code>
        </pre>
      );
    case "quote":
      return <blockquote className={styles.quote}>{drawBlocks(block.blocks, ownId)}</blockquote>;
    case "list": {
      const items = block.items.map((item, index) => <li key={index}>{drawBlocks(item, ownId)}</li>);
      return block.start === null ? (
        <ul className={styles.list}>{items}</ul>
      ) : (
        <ol className={styles.list} start={block.start}>
          {items}
        </ol>
      );
    }
  }
}

function drawBlocks(blocks: readonly Block[], ownId?: string): ReactNode {
  return blocks.map((block, index) => <Fragment key={index}>{drawBlock(block, ownId)}</Fragment>);
}

function drawAll(inlines: readonly Inline[], ownId?: string): ReactNode {
  return inlines.map((inline, index) => <Fragment key={index}>{drawInline(inline, ownId)}</Fragment>);
}

function drawInline(inline: Inline, ownId?: string): ReactNode {
  switch (inline.kind) {
    case "text":
      return inline.text;
    case "code":
      return <code className={styles.inlineCode}>{inline.text}</code>;
    case "mention": {
      const own = inline.who === "everyone" || inline.who.userId === ownId;
      return (
        <span className={styles.mention} data-mention={own ? "own" : "other"}>
          {inline.text.replace(/^@["“](.*)["”]$/u, "@$1")}
        </span>
      );
    }
    case "link":
      return drawLink(inline, ownId);
    case "strong":
      return <strong>{drawAll(inline.children, ownId)}</strong>;
    case "emphasis":
      return <em>{drawAll(inline.children, ownId)}</em>;
    case "struck":
      return <s>{drawAll(inline.children, ownId)}</s>;
  }
}

function drawLink({ href, children }: Inline & { kind: "link" }, ownId?: string): ReactNode {
  const shown = children.map(inlineText).join("");
  // A link whose text is not its address says where it leads.
  const named = shown !== href && `${shown}/` !== href;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow" title={named ? href : undefined}>
      {drawAll(children, ownId)}
      {named && <IconExternalLink size="0.85em" className={styles.out} aria-hidden />}
    </a>
  );
}

function blockText(block: Block): string {
  switch (block.kind) {
    case "paragraph":
      return block.children.map(inlineText).join("");
    case "code":
      return block.text;
    case "quote":
      return block.blocks.map(blockText).join(" ");
    case "list":
      return block.items.map((item) => item.map(blockText).join(" ")).join(" ");
  }
}

function inlineText(inline: Inline): string {
  return "children" in inline ? inline.children.map(inlineText).join("") : inline.text;
}
