import { type MantineColorScheme, Menu, Modal, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconChevronUp,
  IconDeviceDesktop,
  IconKey,
  IconLogout,
  IconMoon,
  IconSun,
} from "@tabler/icons-react";
import { Suspense, lazy } from "react";
import { useTranslation } from "react-i18next";
import { useMe, useSignOut, useUpdateProfile } from "@/auth/session";
import { Avatar } from "@/design/Avatar";
import { LoadingLines } from "@/design/States";
import { useNotifyError } from "@/design/useNotifyError";
import { chooseLocale } from "@/i18n";
import { isLocale, localeNames, locales } from "@/i18n/locale";
import { useConnectionState } from "@/realtime/RealtimeProvider";
import styles from "./AccountMenu.module.css";

const ChangePasswordForm = lazy(() => import("@/auth/ChangePasswordForm"));

const schemes: { value: MantineColorScheme; icon: typeof IconSun }[] = [
  { value: "auto", icon: IconDeviceDesktop },
  { value: "light", icon: IconSun },
  { value: "dark", icon: IconMoon },
];

export function AccountMenu() {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const online = useConnectionState() === "online";
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const updateProfile = useUpdateProfile();
  const signOut = useSignOut();
  const notifyError = useNotifyError();
  const [changingPassword, { open: changePassword, close: closePassword }] = useDisclosure(false);

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
            <Avatar id={me.id} name={me.nickname} size={34} online={online} />
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
          <Menu.Item leftSection={<IconKey size={16} />} onClick={changePassword}>
            {t("account.changePassword")}
          </Menu.Item>
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
      <Modal opened={changingPassword} onClose={closePassword} title={t("account.changePassword")}>
        <Suspense fallback={<LoadingLines />}>
          <ChangePasswordForm onClose={closePassword} />
        </Suspense>
      </Modal>
    </>
  );
}
