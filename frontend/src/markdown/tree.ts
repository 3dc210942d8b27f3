/** A text as it is shown: the part of Markdown that docs/messages.md names. Whatever else there is in it stays text. */

/** Whom an @ means: a person, or everyone in the room. */
export type Mentioned = { readonly userId: string } | "everyone";

export type Inline =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "mention"; readonly text: string; readonly who: Mentioned }
  | { readonly kind: "link"; readonly href: string; readonly children: readonly Inline[] }
  | { readonly kind: "strong" | "emphasis" | "struck"; readonly children: readonly Inline[] };

export type Block =
  | { readonly kind: "paragraph"; readonly children: readonly Inline[] }
  | { readonly kind: "code"; readonly text: string; readonly language: string }
  | { readonly kind: "quote"; readonly blocks: readonly Block[] }
  /** start: the number of the first item; null for one without numbers. */
  | { readonly kind: "list"; readonly start: number | null; readonly items: readonly (readonly Block[])[] };

export interface MentionAt {
  /** Where the text goes on after it. */
  readonly end: number;
  readonly who: Mentioned;
}

/** What the @ at a place of a text means, null where it means nobody. */
export type FindMention = (text: string, at: number) => MentionAt | null;

/** Deeper than this nothing nests: it could not be read, and a page that is nested without end cannot be drawn. */
export const MAX_DEPTH = 12;
