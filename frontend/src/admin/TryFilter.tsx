import { Button, Textarea } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useErrorText } from "@/api/useErrorText";
import styles from "./AdminPage.module.css";
import { useTryFilter } from "./queries";

/** What the list would do to a text. */
export function TryFilter() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const check = useTryFilter();
  const [text, setText] = useState("");
  const verdict = check.data;

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (text.trim()) check.mutate(text);
  };

  return (
    <section className={styles.card} aria-label={t("admin.try")}>
      <form onSubmit={submit}>
        <Textarea
          label={t("admin.try")}
          description={t("admin.tryHint")}
          autosize
          minRows={2}
          maxRows={6}
          maxLength={8000}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
          }}
        />
        <Button type="submit" mt="sm" variant="default" loading={check.isPending} disabled={!text.trim()}>
          {t("admin.check")}
        </Button>
      </form>
      <div role="status">
        {check.isError && <p className={styles.verdict}>{errorText(check.error)}</p>}
        {verdict && (
          <p className={styles.verdict}>
            {t(`admin.verdict.${verdict.action}`)}
            {verdict.action === "mask" && <q>{verdict.text}</q>}
            {verdict.matches.length > 0 && (
              <span className={styles.hint}>
                {[...new Set(verdict.matches.map(({ word }) => word))].join(", ")}
              </span>
            )}
          </p>
        )}
      </div>
    </section>
  );
}
