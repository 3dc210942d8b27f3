import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Avatar } from "@/design/Avatar";
import { isLocale } from "@/i18n/locale";
import styles from "./CompletionList.module.css";
import type { Choice } from "./completion";

interface Props {
  id: string;
  choices: readonly Choice[];
  current: number;
  onChoose: (choice: Choice) => void;
}

/** What may be meant, above the composer; the focus stays in there. */
export function CompletionList({ id, choices, current, onChoose }: Props) {
  const { t } = useTranslation();
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.children[current]?.scrollIntoView({ block: "nearest" });
  }, [current]);
  return (
    <ul ref={list} id={id} className={styles.list} role="listbox" aria-label={t("rooms.complete.label")}>
      {choices.map((choice, index) => (
        <li
          key={choice.key}
          id={optionId(id, index)}
          role="option"
          aria-selected={index === current}
          className={styles.option}
          // A press must not take the focus out of the text.
          onPointerDown={(event) => {
            event.preventDefault();
          }}
          onClick={() => {
            onChoose(choice);
          }}
        >
          <Shown choice={choice} />
        </li>
      ))}
    </ul>
  );
}

export function optionId(listId: string, index: number): string {
  return `${listId}-${index}`;
}

function Shown({ choice }: { choice: Choice }) {
  const { t, i18n } = useTranslation();
  switch (choice.kind) {
    case "member":
      return (
        <>
          <Avatar id={choice.key} name={choice.nickname} size={24} />
          <span className={styles.name}>{choice.nickname}</span>
          <span className={styles.more}>@{choice.username}</span>
        </>
      );
    case "everyone":
      return (
        <>
          <span className={styles.name}>@room</span>
          <span className={styles.more}>{t("rooms.complete.everyone")}</span>
        </>
      );
    case "command": {
      const { usage, summary } = choice.command;
      return (
        <>
          <span className={styles.name}>{usage}</span>
          <span className={styles.more}>{summary[isLocale(i18n.language) ? i18n.language : "en"]}</span>
        </>
      );
    }
  }
}
