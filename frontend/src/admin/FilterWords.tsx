import { ActionIcon, Button, Select, TextInput } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { toApiError } from "@/api/errors";
import type { FilterWord } from "@/api/types";
import { useErrorText } from "@/api/useErrorText";
import { ErrorState, LoadingLines } from "@/design/States";
import { useNotifyError } from "@/design/useNotifyError";
import styles from "./AdminPage.module.css";
import { type NewWord, useAddWord, useChangeWord, useFilterWords, useRemoveWord } from "./queries";

const ACTIONS = ["mask", "flag", "reject"] as const;
const WHERES = ["word", "anywhere"] as const;

/** The words of the content filter: add, change, remove. */
export function FilterWords() {
  const { t } = useTranslation();
  const words = useFilterWords();
  const items = words.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className={styles.card} aria-label={t("admin.words")}>
      <p className={styles.hint}>{t("admin.wordsHint")}</p>
      <AddWord />
      {words.isPending && <LoadingLines lines={3} height={40} />}
      {words.isError && items.length === 0 && (
        <ErrorState error={words.error} onRetry={() => void words.refetch()} />
      )}
      {words.isSuccess && items.length === 0 && <p className={styles.hint}>{t("admin.none")}</p>}
      <ul className={styles.list} aria-label={t("admin.list")}>
        {items.map((word) => (
          <WordRow key={word.id} word={word} />
        ))}
      </ul>
      {words.hasNextPage && (
        <Button
          variant="default"
          loading={words.isFetchingNextPage}
          onClick={() => void words.fetchNextPage()}
        >
          {t("admin.more")}
        </Button>
      )}
    </section>
  );
}

function AddWord() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const add = useAddWord();
  const [entry, setEntry] = useState<NewWord>({ word: "", action: "mask", where: "word" });
  const error = add.error && toApiError(add.error);

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const word = entry.word.trim();
    if (!word) return;
    add.mutate(
      { ...entry, word },
      {
        onSuccess: () => {
          setEntry((before) => ({ ...before, word: "" }));
        },
      },
    );
  };

  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <TextInput
        label={t("admin.word")}
        value={entry.word}
        maxLength={64}
        autoComplete="off"
        error={error && (error.fields.word ?? errorText(error, { conflict: t("admin.taken") }))}
        onChange={(event) => {
          const word = event.currentTarget.value;
          setEntry((before) => ({ ...before, word }));
        }}
      />
      <Choices
        entry={entry}
        labelled
        onChange={(change) => {
          setEntry((before) => ({ ...before, ...change }));
        }}
      />
      <Button type="submit" loading={add.isPending} disabled={!entry.word.trim()}>
        {t("admin.add")}
      </Button>
    </form>
  );
}

interface ChoicesProps {
  entry: NewWord;
  labelled?: boolean;
  disabled?: boolean;
  onChange: (change: Partial<NewWord>) => void;
}

/** What happens to a word, and where it is found. */
function Choices({ entry, labelled = false, disabled = false, onChange }: ChoicesProps) {
  const { t } = useTranslation();
  const named = (name: string) =>
    labelled ? { label: name } : { "aria-label": `${entry.word}: ${name}`, size: "xs" };
  return (
    <>
      <Select
        {...named(t("admin.action"))}
        className={styles.choice}
        allowDeselect={false}
        disabled={disabled}
        data={ACTIONS.map((value) => ({ value, label: t(`admin.actions.${value}`) }))}
        value={entry.action}
        onChange={(value) => {
          const action = ACTIONS.find((each) => each === value);
          if (action) onChange({ action });
        }}
      />
      <Select
        {...named(t("admin.where"))}
        className={styles.choice}
        allowDeselect={false}
        disabled={disabled}
        data={WHERES.map((value) => ({ value, label: t(`admin.wheres.${value}`) }))}
        value={entry.where}
        onChange={(value) => {
          const where = WHERES.find((each) => each === value);
          if (where) onChange({ where });
        }}
      />
    </>
  );
}

function WordRow({ word }: { word: FilterWord }) {
  const { t } = useTranslation();
  const change = useChangeWord();
  const remove = useRemoveWord();
  const notifyError = useNotifyError();
  return (
    <li className={styles.row}>
      <span className={styles.word}>{word.word}</span>
      <Choices
        entry={word}
        disabled={change.isPending}
        onChange={(changed) => {
          change.mutate({ id: word.id, change: changed }, { onError: notifyError });
        }}
      />
      <ActionIcon
        variant="subtle"
        color="red"
        size="lg"
        aria-label={t("admin.remove", { word: word.word })}
        loading={remove.isPending}
        onClick={() => {
          remove.mutate(word.id, { onError: notifyError });
        }}
      >
        <IconTrash size={17} />
      </ActionIcon>
    </li>
  );
}
