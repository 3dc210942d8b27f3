import { Button, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useErrorText } from "@/api/useErrorText";
import { Failure } from "@/design/Failure";
import { Copyable } from "@/devices/Copyable";
import forms from "./AdminPage.module.css";
import styles from "./ServerStats.module.css";
import { useMakePasswordLink } from "./serverQueries";

interface Props {
  backend: "console" | "smtp" | "sendgrid";
  /** Whether mails can hold links to this page. */
  links: boolean;
}

/** Where mails go, and the help for whoever has forgotten their password and gets none. */
export function MailHelp({ backend, links }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const make = useMakePasswordLink();
  const [name, setName] = useState("");

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (name.trim()) make.mutate(name.trim());
  };

  return (
    <section className={styles.card} aria-label={t("server.mail.title")}>
      <h2>{t("server.mail.title")}</h2>
      <p className={styles.hint}>{t(`server.mail.${backend}`)}</p>
      {!links && <p className={styles.hint}>{t("server.mail.noLinks")}</p>}
      <form className={forms.form} onSubmit={submit}>
        <TextInput
          label={t("server.mail.forgotten")}
          description={t("server.mail.forgottenHint")}
          placeholder={t("auth.username")}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={64}
          inputWrapperOrder={["label", "input", "description"]}
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        <Button type="submit" variant="default" loading={make.isPending} disabled={!name.trim()}>
          {t("server.mail.make")}
        </Button>
      </form>
      <Failure>{make.error && errorText(make.error, { not_found: t("server.mail.nobody") })}</Failure>
      {make.data && (
        <Copyable
          label={t("server.mail.link", { name: make.data.username })}
          copyLabel={t("server.mail.copy")}
          value={make.data.url}
        />
      )}
    </section>
  );
}
