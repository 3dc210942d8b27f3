import { Alert, Anchor, Button, TextInput, VisuallyHidden } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, Navigate, useLocation, useSearchParams } from "react-router";
import { notifications } from "@mantine/notifications";
import { ApiError, toApiError } from "@/api/errors";
import { keys } from "@/api/queries";
import { useErrorText } from "@/api/useErrorText";
import { AuthLayout } from "./AuthLayout";
import { PasswordField } from "./PasswordField";
import styles from "./SignInPage.module.css";
import { newPasswordProblem, usernameProblem } from "./rules";
import { type SessionEnd, useRegister, useSession, useSignIn } from "./session";
import { useCountdown } from "./useCountdown";

/** What comes with a visit to this page. */
export interface SignInState {
  /** Where to go on after. */
  from?: string;
}

const fieldNames = ["username", "password", "nickname", "email"] as const;
const EMAIL_TAKEN = "This e-mail address belongs to another account.";

export default function SignInPage() {
  const { t } = useTranslation();
  const location = useLocation();
  const [search, setSearch] = useSearchParams();
  const session = useSession();
  const state = location.state as SignInState | null;
  const registering = search.get("mode") === "register";

  if (session.data) {
    return <Navigate to={state?.from ?? "/"} replace />;
  }

  const switchMode = () => {
    setSearch(registering ? {} : { mode: "register" }, { replace: true, state });
  };

  return (
    <AuthLayout
      title={registering ? t("auth.registerTitle") : t("auth.signInTitle")}
      lead={registering ? t("auth.registerLead") : t("auth.signInLead")}
    >
      <CredentialsForm key={registering ? "register" : "signIn"} registering={registering} />
      <p className={styles.switch}>
        {registering ? t("auth.haveAccount") : t("auth.newHere")}{" "}
        <Anchor component="button" type="button" onClick={switchMode}>
          {registering ? t("auth.toSignIn") : t("auth.toRegister")}
        </Anchor>
      </p>
      {!registering && (
        <p className={styles.more}>
          <Anchor component={Link} to="/forgot-password">
            {t("auth.forgot.link")}
          </Anchor>
        </p>
      )}
    </AuthLayout>
  );
}

function CredentialsForm({ registering }: { registering: boolean }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const signIn = useSignIn();
  const register = useRegister();
  const sessionEnd = useQuery<SessionEnd | null>({
    queryKey: keys.sessionEnd,
    queryFn: () => null,
    enabled: false,
  });
  const [failure, setFailure] = useState<unknown>(null);
  const [wait, startWait] = useCountdown();
  const pending = signIn.isPending || register.isPending;

  const form = useForm({
    initialValues: { username: "", password: "", nickname: "", email: "" },
    validate: {
      username: (text) => {
        if (!registering) return text.trim() ? null : t("fields.required");
        const problem = usernameProblem(text);
        return problem && t(problem);
      },
      password: (text) => {
        if (!registering) return text ? null : t("fields.required");
        const problem = newPasswordProblem(text);
        return problem && t(problem);
      },
    },
  });

  const submit = form.onSubmit(
    async ({ username, password, nickname, email }) => {
      setFailure(null);
      try {
        if (registering) {
          const { user } = await register.mutateAsync({
            username: username.trim(),
            password,
            ...(nickname.trim() && { nickname: nickname.trim() }),
            ...(email.trim() && { email: email.trim() }),
          });
          if (user.role === "admin")
            notifications.show({ message: t("auth.firstAccount"), autoClose: 8_000 });
        } else {
          await signIn.mutateAsync({ username: username.trim(), password });
        }
      } catch (thrown) {
        showFailure(thrown);
      }
    },
    (errors) => {
      focusFirst(Object.keys(errors));
    },
  );

  const showFailure = (thrown: unknown) => {
    const error = toApiError(thrown);
    if (error.retryAfterSeconds !== undefined) startWait(error.retryAfterSeconds);
    if (error.code === "conflict" && registering) {
      const field = error.message === EMAIL_TAKEN ? "email" : "username";
      form.setFieldError(field, field === "email" ? errorText(error) : t("auth.nameTaken"));
      focusFirst([field]);
      return;
    }
    const known = fieldNames.filter((name) => error.fields[name] !== undefined);
    for (const name of known) form.setFieldError(name, error.fields[name] ?? "");
    if (known.length > 0) focusFirst(known);
    else setFailure(error);
    if (error.code === "invalid_credentials") form.setFieldValue("password", "");
  };

  const focusFirst = (names: readonly string[]) => {
    const first = fieldNames.find((name) => names.includes(name));
    if (first) form.getInputNode(first)?.focus();
  };

  const limited = toApiError(failure).code === "rate_limited";
  const message =
    failure === null
      ? null
      : limited
        ? wait > 0
          ? t("auth.rateLimited", { count: wait })
          : t("auth.tryAgainNow")
        : errorText(failure);

  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      {sessionEnd.data === "expired" && !message && <Alert color="yellow">{t("auth.expired")}</Alert>}
      {message && (
        <Alert
          color={limited && wait === 0 ? "gray" : "red"}
          role="alert"
          classNames={{ message: styles.alert }}
        >
          {limited ? (
            <>
              {/* The seconds run down for the eye only. */}
              <VisuallyHidden>{errorText(new ApiError("rate_limited"))}</VisuallyHidden>
              <span aria-hidden>{message}</span>
            </>
          ) : (
            message
          )}
        </Alert>
      )}
      <TextInput
        label={t("auth.username")}
        description={registering && !form.errors.username && t("auth.usernameHint")}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus
        size="md"
        {...form.getInputProps("username")}
      />
      {registering && (
        <TextInput
          label={t("auth.nickname")}
          description={!form.errors.nickname && t("auth.nicknameHint")}
          autoComplete="nickname"
          size="md"
          {...form.getInputProps("nickname")}
        />
      )}
      {registering && (
        <TextInput
          type="email"
          label={t("auth.email")}
          description={!form.errors.email && t("auth.emailHint")}
          autoComplete="email"
          maxLength={254}
          size="md"
          {...form.getInputProps("email")}
        />
      )}
      <PasswordField
        label={t("auth.password")}
        description={registering && !form.errors.password && t("auth.passwordHint")}
        autoComplete={registering ? "new-password" : "current-password"}
        size="md"
        {...form.getInputProps("password")}
      />
      <Button type="submit" size="md" fullWidth loading={pending} disabled={wait > 0}>
        {registering ? t("auth.createAccount") : t("auth.signIn")}
      </Button>
    </form>
  );
}
