/** Where a text means whom. The server has found whom; this finds the names in the text, by the same rules. */
import type { Message } from "@/api/types";
import type { FindMention, MentionAt } from "@/markdown/tree";
import { isUnspaced } from "@/markdown/inline";

const EVERYONE = "room";
const MAX_NICKNAME = 40;
const QUOTED = new RegExp(`@(?:"([^"\\n]{1,${MAX_NICKNAME}})"|“([^”\\n]{1,${MAX_NICKNAME}})”)`, "uy");
const RUN = new RegExp(`@([^\\s@"“]{1,${MAX_NICKNAME + 1}})`, "uy");
const MARK = /[\p{M}\u200d\ufe0f]/u;
const LETTER = /[\p{L}\p{N}_]/u;
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;
const BLANK = /[\u2800\u{1d159}\u{16fe4}]/gu;

/** Names that are the same but for case, width, spaces and what nobody sees. */
export function fold(name: string): string {
  const seen = name.replace(UNSEEN, "").replace(BLANK, " ");
  return seen.normalize("NFKC").toLowerCase().normalize("NFKC").split(/\s+/u).filter(Boolean).join(" ");
}

/** `names`: the nicknames of people by their id, as far as they are known. */
export function mentionFinder(
  { mentions, mentions_room: room }: Pick<Message, "mentions" | "mentions_room">,
  names: ReadonlyMap<string, string>,
): FindMention | undefined {
  if (mentions.length === 0 && !room) return undefined;
  const ids = new Map<string, string>();
  for (const id of mentions) {
    const name = names.get(id);
    if (name !== undefined) ids.set(fold(name), id);
  }
  return (text, at) => {
    QUOTED.lastIndex = at;
    const quoted = QUOTED.exec(text);
    if (quoted) {
      const userId = ids.get(fold(quoted[1] ?? quoted[2] ?? ""));
      return userId === undefined ? null : { end: at + quoted[0].length, who: { userId } };
    }
    RUN.lastIndex = at;
    const run = RUN.exec(text)?.[1];
    return run === undefined ? null : longest(run, at + 1, ids, room);
  };
}

function longest(
  run: string,
  from: number,
  ids: ReadonlyMap<string, string>,
  room: boolean,
): MentionAt | null {
  const characters = Array.from(run);
  for (let count = characters.length; count > 0; count--) {
    if (count < characters.length && belong(characters[count - 1] ?? "", characters[count] ?? "")) continue;
    const name = characters.slice(0, count).join("");
    const folded = fold(name);
    const end = from + name.length;
    if (folded === EVERYONE) return room ? { end, who: "everyone" } : null;
    const userId = ids.get(folded);
    if (userId !== undefined) return { end, who: { userId } };
  }
  return null;
}

/** Whether two neighbours are parts of one word or sign. */
function belong(left: string, right: string): boolean {
  return MARK.test(right) || left === "\u200d" || (isWordLetter(left) && isWordLetter(right));
}

function isWordLetter(character: string): boolean {
  return LETTER.test(character) && !isUnspaced(character);
}

/** A nickname as the composer writes it: with quotation marks where it would not end by itself, or means something else. */
export function mentionOf(nickname: string): string {
  return /[\s@"“]/u.test(nickname) || fold(nickname) === EVERYONE ? `@"${nickname}"` : `@${nickname}`;
}
