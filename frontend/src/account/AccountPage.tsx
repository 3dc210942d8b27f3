import {
  Button,
  Modal,
  Radio,
  SegmentedControl,
  Select,
  Stack,
  Switch,
  TextInput,
  useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { type ReactNode, type SubmitEvent, Suspense, lazy, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { toApiError } from "@/api/errors";
import { useErrorText } from "@/api/useErrorText";
import { PageHeader } from "@/app/shell/PageHeader";
import { useMe, useUpdateProfile } from "@/auth/session";
import { Avatar } from "@/design/Avatar";
import { ErrorState, LoadingLines } from "@/design/States";
import { useNotifyError } from "@/design/useNotifyError";
import { chooseLocale } from "@/i18n";
import { isLocale, localeNames, locales } from "@/i18n/locale";
import { useStore } from "@/lib/store";
import { desktopState, desktopWanted, switchDesktop } from "@/notices/desktop";
import { useBlocked, useUnblock } from "@/people/queries";
import { useOwnAway } from "@/presence/PresenceProvider";
import { MAX_NICKNAME } from "@/rooms/limits";
import styles from "./AccountPage.module.css";
import { EmailCard } from "./EmailCard";

const ChangePasswordForm = lazy(() => import("@/auth/ChangePasswordForm"));
const DeleteAccountForm = lazy(() => import("./DeleteAccountForm"));

const SCHEMES = ["auto", "light", "dark"] as const;
const EXPORTS = ["txt", "csv", "json"] as const;

/** All that one decides about oneself. */
export default function AccountPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHeader title={t("settings.title")} />
      <div className={styles.scroll}>
        <Profile />
        <Email />
        <Looks />
        <Privacy />
        <Desktop />
        <Blocked />
        <TakeAlong />
        <Security />
      </div>
    </>
  );
}

function Card({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className={styles.card} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <Stack gap="md">{children}</Stack>
    </section>
  );
}

function Profile() {
  const { t } = useTranslation();
  const me = useMe();
  const errorText = useErrorText();
  const update = useUpdateProfile();
  const [nickname, setNickname] = useState(me.nickname);
  const error = update.error && toApiError(update.error);
  const changed = nickname.trim() !== "" && nickname.trim() !== me.nickname;

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!changed) return;
    update.mutate(
      { nickname: nickname.trim() },
      {
        onSuccess: ({ user }) => {
          setNickname(user.nickname);
          notifications.show({ message: t("settings.saved") });
        },
      },
    );
  };

  return (
    <Card title={t("settings.profile")}>
      <div className={styles.person}>
        <Avatar id={me.id} name={me.nickname} size={48} />
        <span className={styles.names}>
          <span className={styles.name}>@{me.username}</span>
        </span>
      </div>
      <form className={styles.line} onSubmit={submit} noValidate>
        <TextInput
          label={t("settings.nickname")}
          description={!error && t("settings.nicknameHint")}
          value={nickname}
          maxLength={MAX_NICKNAME}
          error={error && (error.fields.nickname ?? errorText(error))}
          onChange={(event) => {
            setNickname(event.currentTarget.value);
          }}
        />
        <Button type="submit" disabled={!changed} loading={update.isPending}>
          {t("actions.save")}
        </Button>
      </form>
    </Card>
  );
}

function Email() {
  const { t } = useTranslation();
  return (
    <Card title={t("settings.email.title")}>
      <EmailCard />
    </Card>
  );
}

function Looks() {
  const { t, i18n } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const update = useUpdateProfile();
  const notifyError = useNotifyError();
  const labelId = useId();
  return (
    <Card title={t("settings.looks")}>
      <div>
        <div id={labelId} className={styles.label}>
          {t("account.theme")}
        </div>
        <SegmentedControl
          aria-labelledby={labelId}
          data={SCHEMES.map((value) => ({ value, label: t(`account.themes.${value}`) }))}
          value={colorScheme}
          onChange={setColorScheme}
        />
      </div>
      <Select
        className={styles.field}
        label={t("account.language")}
        allowDeselect={false}
        data={locales.map((value) => ({ value, label: localeNames[value] }))}
        value={i18n.language}
        onChange={(locale) => {
          if (!isLocale(locale)) return;
          void chooseLocale(locale);
          update.mutate({ locale }, { onError: notifyError });
        }}
      />
    </Card>
  );
}

function Privacy() {
  const { t } = useTranslation();
  const me = useMe();
  const update = useUpdateProfile();
  const notifyError = useNotifyError();
  const [away, setAway] = useOwnAway();
  const writers = me.preferences.private_messages === "everyone" ? "everyone" : "friends";
  return (
    <Card title={t("settings.privacy")}>
      <Radio.Group
        label={t("settings.writers")}
        value={update.isPending ? String(update.variables.preferences?.private_messages ?? writers) : writers}
        onChange={(value) => {
          // The server keeps preferences as a whole: the others go along.
          update.mutate(
            { preferences: { ...me.preferences, private_messages: value } },
            { onError: notifyError },
          );
        }}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="friends" label={t("settings.friends")} />
          <Radio value="everyone" label={t("settings.everyone")} description={t("settings.everyoneHint")} />
        </Stack>
      </Radio.Group>
      <Switch
        label={t("settings.away")}
        description={t("settings.awayHint")}
        checked={away}
        onChange={(event) => {
          setAway(event.currentTarget.checked);
        }}
      />
    </Card>
  );
}

function Desktop() {
  const { t } = useTranslation();
  useStore(desktopWanted);
  // A refusal changes nothing that could be followed.
  const [, setAsked] = useState(0);
  const state = desktopState();
  return (
    <Card title={t("settings.notifications")}>
      <Switch
        label={t("settings.desktop")}
        description={t(
          state === "unsupported"
            ? "settings.desktopUnsupported"
            : state === "refused"
              ? "settings.desktopRefused"
              : "settings.desktopHint",
        )}
        disabled={state === "unsupported" || state === "refused"}
        checked={state === "on"}
        onChange={(event) => {
          void switchDesktop(event.currentTarget.checked).then(() => {
            setAsked((count) => count + 1);
          });
        }}
      />
    </Card>
  );
}

function Blocked() {
  const { t } = useTranslation();
  const blocked = useBlocked();
  const unblock = useUnblock();
  const notifyError = useNotifyError();
  return (
    <Card title={t("settings.blocked")}>
      {blocked.isPending && <LoadingLines lines={1} height={40} />}
      {blocked.isError && <ErrorState error={blocked.error} onRetry={() => void blocked.refetch()} />}
      {blocked.data?.length === 0 && <p className={styles.hint}>{t("settings.nobodyBlocked")}</p>}
      {blocked.data && blocked.data.length > 0 && (
        <ul className={styles.list}>
          {blocked.data.map(({ user }) => (
            <li key={user.id} className={styles.person}>
              <Avatar id={user.id} name={user.username} size={32} />
              <span className={styles.names}>
                <span className={styles.name}>{user.username}</span>
              </span>
              <Button
                size="xs"
                variant="default"
                onClick={() => {
                  unblock.mutate(user.id, { onError: notifyError });
                }}
              >
                {t("people.unblock")}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function TakeAlong() {
  const { t, i18n } = useTranslation();
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <Card title={t("settings.export")}>
      <p className={styles.hint}>{t("settings.exportHint")}</p>
      <div className={styles.buttons}>
        {EXPORTS.map((format) => (
          <Button
            key={format}
            component="a"
            download
            variant="default"
            href={`/api/messages/export?${new URLSearchParams({ format, locale: i18n.language, tz: zone }).toString()}`}
          >
            {t(`rooms.export.${format}`)}
          </Button>
        ))}
      </div>
    </Card>
  );
}

function Security() {
  const { t } = useTranslation();
  const [changing, change] = useDisclosure(false);
  const [deleting, remove] = useDisclosure(false);
  return (
    <Card title={t("settings.security")}>
      <div className={styles.buttons}>
        <Button variant="default" onClick={change.open}>
          {t("account.changePassword")}
        </Button>
        <Button variant="outline" color="red" onClick={remove.open}>
          {t("settings.delete.action")}
        </Button>
      </div>
      <Modal opened={changing} onClose={change.close} title={t("account.changePassword")}>
        <Suspense fallback={<LoadingLines />}>
          <ChangePasswordForm onClose={change.close} />
        </Suspense>
      </Modal>
      <Modal opened={deleting} onClose={remove.close} title={t("settings.delete.title")}>
        <Suspense fallback={<LoadingLines />}>
          <DeleteAccountForm onClose={remove.close} />
        </Suspense>
      </Modal>
    </Card>
  );
}
