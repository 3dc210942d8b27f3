import { Anchor, Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useSearchParams } from "react-router";
import { toApiError } from "@/api/errors";
import { useErrorText } from "@/api/useErrorText";
import { Failure } from "@/design/Failure";
import { AuthLayout } from "./AuthLayout";
import { PasswordField } from "./PasswordField";
import styles from "./SignInPage.module.css";
import { useResetPassword } from "./recovery";
import { newPasswordProblem } from "./rules";

/** Where the link leads to that is mailed for a forgotten password. */
export default function ResetPasswordPage() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const reset = useResetPassword();
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<ReturnType<typeof newPasswordProblem>>(null);
  const token = search.get("token") ?? "";
  const error = reset.error && toApiError(reset.error);
  const linkIsBad = token === "" || error?.fields.token !== undefined;

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const found = newPasswordProblem(password);
    setProblem(found);
    if (found) return;
    reset.mutate(
      { token, password },
      {
        onSuccess: () => {
          notifications.show({ message: t("auth.reset.done"), autoClose: 8_000 });
          void navigate("/sign-in", { replace: true });
        },
      },
    );
  };

  if (linkIsBad)
    return (
      <AuthLayout title={t("auth.reset.title")}>
        <Failure>{error?.fields.token ?? t("auth.linkIncomplete")}</Failure>
        <p className={styles.switch}>
          <Anchor component={Link} to="/forgot-password">
            {t("auth.reset.again")}
          </Anchor>
        </p>
      </AuthLayout>
    );
  return (
    <AuthLayout title={t("auth.reset.title")} lead={t("auth.reset.lead")}>
      <form className={styles.form} onSubmit={submit} noValidate>
        <Failure>{error && !error.fields.password && errorText(error)}</Failure>
        <PasswordField
          label={t("account.newPassword")}
          description={!problem && !error?.fields.password && t("auth.passwordHint")}
          autoComplete="new-password"
          autoFocus
          size="md"
          value={password}
          error={problem ? t(problem) : error?.fields.password}
          onChange={(event) => {
            setPassword(event.currentTarget.value);
          }}
        />
        <Button type="submit" size="md" fullWidth loading={reset.isPending}>
          {t("auth.reset.action")}
        </Button>
      </form>
    </AuthLayout>
  );
}
