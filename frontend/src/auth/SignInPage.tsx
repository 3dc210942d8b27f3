import { Alert, Anchor, Button, TextInput, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, useLocation, useSearchParams } from "react-router";
import { notifications } from "@mantine/notifications";
import { ApiError, toApiError } from "@/api/errors";
import { keys } from "@/api/queries";
import { useErrorText } from "@/api/useErrorText";
import { Mark } from "@/design/Mark";
import { chooseLocale } from "@/i18n";
import { localeNames, locales } from "@/i18n/locale";
import { PasswordField } from "./PasswordField";
import styles from "./SignInPage.module.css";
import { Trace } from "./Trace";
import { newPasswordProblem, usernameProblem } from "./rules";
import { type SessionEnd, useRegister, useSession, useSignIn } from "./session";
import { useCountdown } from "./useCountdown";

/** What comes with a visit to this page. */
export interface SignInState {
  /** Where to go on after. */
  from?: string;
}

const fieldNames = ["username", "password", "nickname"] as const;

export default function SignInPage() {
  const { t, i18n } = useTranslation();
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
    <div className={styles.page}>
      <aside className={styles.brand} aria-hidden>
        <div className={styles.brandText}>
          <span className={styles.brandName}>Fieldroom</span>
          <p className={styles.tagline}>{t("auth.tagline")}</p>
        </div>
        <Trace />
      </aside>
      <main className={styles.side}>
        <div className={styles.languages}>
          {locales.map((locale) => (
            <UnstyledButton
              key={locale}
              lang={locale}
              className={styles.language}
              aria-pressed={i18n.language === locale}
              onClick={() => void chooseLocale(locale)}
            >
              {localeNames[locale]}
            </UnstyledButton>
          ))}
        </div>
        <div className={styles.box}>
          <div className={styles.head}>
            <Mark size={40} />
            <h1 className={styles.title}>{registering ? t("auth.registerTitle") : t("auth.signInTitle")}</h1>
            <p className={styles.lead}>{registering ? t("auth.registerLead") : t("auth.signInLead")}</p>
          </div>
          <CredentialsForm key={registering ? "register" : "signIn"} registering={registering} />
          <p className={styles.switch}>
            {registering ? t("auth.haveAccount") : t("auth.newHere")}{" "}
            <Anchor component="button" type="button" onClick={switchMode}>
              {registering ? t("auth.toSignIn") : t("auth.toRegister")}
            </Anchor>
          </p>
        </div>
      </main>
    </div>
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
    initialValues: { username: "", password: "", nickname: "" },
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
    async ({ username, password, nickname }) => {
      setFailure(null);
      try {
        if (registering) {
          const { user } = await register.mutateAsync({
            username: username.trim(),
            password,
            ...(nickname.trim() && { nickname: nickname.trim() }),
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
      form.setFieldError("username", t("auth.nameTaken"));
      focusFirst(["username"]);
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
