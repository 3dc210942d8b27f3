import { Alert, Anchor, Button, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useErrorText } from "@/api/useErrorText";
import { Failure } from "@/design/Failure";
import { AuthLayout } from "./AuthLayout";
import styles from "./SignInPage.module.css";
import { useForgotPassword } from "./recovery";

/** Asks for a link that sets a password. Whether there is such an account is not told to anybody. */
export default function ForgotPasswordPage() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const ask = useForgotPassword();
  const [name, setName] = useState("");
  const [missing, setMissing] = useState(false);

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    setMissing(name.trim() === "");
    if (name.trim()) ask.mutate(name.trim());
  };

  return (
    <AuthLayout title={t("auth.forgot.title")} lead={t("auth.forgot.lead")}>
      {ask.isSuccess ? (
        <Alert color="green" role="status" classNames={{ message: styles.alert }}>
          {t("auth.forgot.sent")}
        </Alert>
      ) : (
        <form className={styles.form} onSubmit={submit} noValidate>
          <Failure>
            {ask.error && errorText(ask.error, { unavailable: t("auth.forgot.unavailable") })}
          </Failure>
          <TextInput
            label={t("auth.forgot.name")}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus
            size="md"
            maxLength={254}
            value={name}
            error={missing && t("fields.required")}
            onChange={(event) => {
              setName(event.currentTarget.value);
            }}
          />
          <Button type="submit" size="md" fullWidth loading={ask.isPending}>
            {t("auth.forgot.action")}
          </Button>
        </form>
      )}
      <p className={styles.switch}>
        {t("auth.forgot.noMail")}{" "}
        <Anchor component={Link} to="/sign-in">
          {t("auth.toSignIn")}
        </Anchor>
      </p>
    </AuthLayout>
  );
}
