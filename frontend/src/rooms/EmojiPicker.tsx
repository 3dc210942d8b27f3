import { TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { type KeyboardEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./EmojiPicker.module.css";
import { findEmoji } from "./emojis";

const COLUMNS = 8;
const MOVES: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  ArrowUp: -COLUMNS,
  ArrowDown: COLUMNS,
};

/** Emoji to choose one of, found by words in either language. Arrow keys move in the grid, Enter chooses. */
export function EmojiPicker({ onPick }: { onPick: (emoji: string) => void }) {
  const { t } = useTranslation();
  const [query, setQuery] = useState("");
  const [current, setCurrent] = useState(0);
  const grid = useRef<HTMLDivElement>(null);
  const found = findEmoji(query);

  const go = (index: number) => {
    const next = Math.min(Math.max(index, 0), found.length - 1);
    setCurrent(next);
    grid.current?.querySelectorAll("button")[next]?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = MOVES[event.key];
    if (move === undefined) return;
    event.preventDefault();
    go(current + move);
  };

  return (
    <div className={styles.picker}>
      <TextInput
        data-autofocus
        size="sm"
        aria-label={t("rooms.reactions.search")}
        placeholder={t("rooms.reactions.search")}
        leftSection={<IconSearch size={15} />}
        value={query}
        onChange={(event) => {
          setQuery(event.currentTarget.value);
          setCurrent(0);
        }}
        onKeyDown={(event) => {
          const [first] = found;
          if (event.key === "Enter" && first && query) {
            event.preventDefault();
            onPick(first.emoji);
          } else if (event.key === "ArrowDown") {
            event.preventDefault();
            go(0);
          }
        }}
      />
      <div
        ref={grid}
        className={styles.grid}
        role="group"
        aria-label={t("rooms.reactions.choose")}
        onKeyDown={onKeyDown}
      >
        {found.map(({ emoji, words }, index) => (
          <button
            key={emoji}
            type="button"
            className={styles.emoji}
            tabIndex={index === current ? 0 : -1}
            title={words}
            aria-label={`${emoji} ${words.split(" ")[0] ?? ""}`}
            onFocus={() => {
              setCurrent(index);
            }}
            onClick={() => {
              onPick(emoji);
            }}
          >
            {emoji}
          </button>
        ))}
      </div>
      {found.length === 0 && <p className={styles.nothing}>{t("rooms.reactions.nothing")}</p>}
    </div>
  );
}
