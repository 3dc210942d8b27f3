/** What the composer offers to complete: whose name an @ begins, which command a slash at the start of a text. */
import type { Command } from "@/api/types";
import { fold, mentionOf } from "./mentions";

export interface Trigger {
  readonly kind: "mention" | "command";
  /** Where the @ or the slash stands, and where what was typed after it ends. */
  readonly from: number;
  readonly to: number;
  readonly query: string;
}

const MENTION =
  /(?:^|[^\p{L}\p{N}_\\]|[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}])@("[^"@\n]{0,40}|[^\s@"“]{0,40})$/u;
const COMMAND = /^\/([^\s/]{0,32})$/u;

/** What is being typed before the caret, null where it is nothing to complete. */
export function triggerAt(text: string, caret: number): Trigger | null {
  const before = text.slice(0, caret);
  const command = COMMAND.exec(before);
  if (command) return { kind: "command", from: 0, to: caret, query: command[1] ?? "" };
  const typed = MENTION.exec(before.slice(-60))?.[1];
  if (typed === undefined) return null;
  return {
    kind: "mention",
    from: caret - typed.length - 1,
    to: caret,
    query: typed.replace(/^"/, ""),
  };
}

export type Choice =
  | { readonly kind: "member"; readonly key: string; readonly nickname: string; readonly username: string }
  | { readonly kind: "everyone"; readonly key: "room" }
  | { readonly kind: "command"; readonly key: string; readonly command: Command };

/** What a choice writes in place of what was typed. */
export function textOf(choice: Choice): string {
  switch (choice.kind) {
    case "member":
      return `${mentionOf(choice.nickname)} `;
    case "everyone":
      return "@room ";
    case "command":
      return `/${choice.command.name} `;
  }
}

/** The text with a choice in place of what was typed, and where the caret stands then. */
export function complete(
  text: string,
  { from, to }: Trigger,
  choice: Choice,
): { text: string; caret: number } {
  const written = textOf(choice);
  // The space that follows already is the one to go on after.
  const rest = text.slice(to).replace(/^ /, "");
  return { text: text.slice(0, from) + written + rest, caret: from + written.length };
}

/** Whether what was typed is a choice as it stands: then Enter sends it. */
export function isWhole({ kind, query }: Trigger, choices: readonly Choice[]): boolean {
  const typed = fold(query);
  return choices.some((choice) =>
    kind === "command"
      ? choice.kind === "command" && choice.command.name === typed
      : choice.kind === "everyone"
        ? typed === "room"
        : choice.kind === "member" && fold(choice.nickname) === typed,
  );
}

/** The commands whose names begin so. */
export function commandsFor(commands: readonly Command[], query: string, privately: boolean): Choice[] {
  const typed = fold(query);
  return commands
    .filter(({ name, rooms_only: roomsOnly }) => name.startsWith(typed) && !(privately && roomsOnly))
    .map((command) => ({ kind: "command", key: command.name, command }));
}
