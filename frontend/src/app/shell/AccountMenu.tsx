import { type MantineColorScheme, Menu, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import {
  IconChevronUp,
  IconDeviceDesktop,
  IconLogout,
  IconMoon,
  IconMoonStars,
  IconSettings,
  IconShield,
  IconSun,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMe, useSignOut, useUpdateProfile } from "@/auth/session";
import { Avatar } from "@/design/Avatar";
import { useNotifyError } from "@/design/useNotifyError";
import { chooseLocale } from "@/i18n";
import { isLocale, localeNames, locales } from "@/i18n/locale";
import { useOwnAway } from "@/presence/PresenceProvider";
import { useConnectionState } from "@/realtime/RealtimeProvider";
import styles from "./AccountMenu.module.css";

const schemes: { value: MantineColorScheme; icon: typeof IconSun }[] = [
  { value: "auto", icon: IconDeviceDesktop },
  { value: "light", icon: IconSun },
  { value: "dark", icon: IconMoon },
];

export function AccountMenu({ onNavigate }: { onNavigate?: (() => void) | undefined }) {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const online = useConnectionState() === "online";
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const updateProfile = useUpdateProfile();
  const signOut = useSignOut();
  const notifyError = useNotifyError();
  const [away, setAway] = useOwnAway();

  const switchScheme = (value: string) => {
    const chosen = schemes.find((scheme) => scheme.value === value);
    if (chosen) setColorScheme(chosen.value);
  };
  const switchLocale = (locale: string) => {
    if (!isLocale(locale)) return;
    void chooseLocale(locale);
    // The account remembers it for other browsers; this one has it already.
    updateProfile.mutate({ locale });
  };

  return (
    <>
      <Menu position="top-start" width={252} shadow="md" withinPortal>
        <Menu.Target>
          <UnstyledButton className={styles.account} aria-label={t("account.menu", { name: me.nickname })}>
            <Avatar id={me.id} name={me.nickname} size={34} online={online} away={away} />
            <span className={styles.names}>
              <span className={styles.nickname}>{me.nickname}</span>
              <span className={styles.username}>@{me.username}</span>
            </span>
            <IconChevronUp size={16} className={styles.chevron} aria-hidden />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{t("account.theme")}</Menu.Label>
          <Menu.RadioGroup value={colorScheme} onChange={switchScheme}>
            {schemes.map(({ value, icon: Icon }) => (
              <Menu.RadioItem key={value} value={value} rightSection={<Icon size={16} />}>
                {t(`account.themes.${value}`)}
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
          <Menu.Divider />
          <Menu.Label>{t("account.language")}</Menu.Label>
          <Menu.RadioGroup value={i18n.language} onChange={switchLocale}>
            {locales.map((locale) => (
              <Menu.RadioItem key={locale} value={locale} lang={locale}>
                {localeNames[locale]}
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
          <Menu.Divider />
          <Menu.Item
            leftSection={<IconMoonStars size={16} />}
            onClick={() => {
              setAway(!away);
            }}
          >
            {t(away ? "account.comeBack" : "account.goAway")}
          </Menu.Item>
          <Menu.Item
            component={Link}
            to="/account"
            leftSection={<IconSettings size={16} />}
            onClick={onNavigate}
          >
            {t("account.settings")}
          </Menu.Item>
          {me.role === "admin" && (
            <Menu.Item
              component={Link}
              to="/admin"
              leftSection={<IconShield size={16} />}
              onClick={onNavigate}
            >
              {t("account.admin")}
            </Menu.Item>
          )}
          <Menu.Item
            leftSection={<IconLogout size={16} />}
            onClick={() => {
              signOut.mutate(undefined, { onError: notifyError });
            }}
          >
            {t("account.signOut")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
