import { type MantineColorScheme, Menu, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconCheck,
  IconChevronUp,
  IconDeviceDesktop,
  IconKey,
  IconLogout,
  IconMoon,
  IconSun,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ChangePasswordDialog } from "@/auth/ChangePasswordDialog";
import { useMe, useSignOut, useUpdateProfile } from "@/auth/session";
import { Avatar } from "@/design/Avatar";
import { useNotifyError } from "@/design/useNotifyError";
import { chooseLocale } from "@/i18n";
import { type Locale, localeNames, locales } from "@/i18n/locale";
import { useConnectionState } from "@/realtime/RealtimeProvider";
import styles from "./AccountMenu.module.css";

const schemes: { value: MantineColorScheme; icon: ReactNode }[] = [
  { value: "auto", icon: <IconDeviceDesktop size={16} /> },
  { value: "light", icon: <IconSun size={16} /> },
  { value: "dark", icon: <IconMoon size={16} /> },
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

  const switchLocale = (locale: Locale) => {
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
          {schemes.map(({ value, icon }) => (
            <Choice
              key={value}
              icon={icon}
              checked={colorScheme === value}
              onChoose={() => {
                setColorScheme(value);
              }}
            >
              {t(`account.themes.${value}`)}
            </Choice>
          ))}
          <Menu.Divider />
          <Menu.Label>{t("account.language")}</Menu.Label>
          {locales.map((locale) => (
            <Choice
              key={locale}
              lang={locale}
              checked={i18n.language === locale}
              onChoose={() => {
                switchLocale(locale);
              }}
            >
              {localeNames[locale]}
            </Choice>
          ))}
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
      <ChangePasswordDialog opened={changingPassword} onClose={closePassword} />
    </>
  );
}

interface ChoiceProps {
  checked: boolean;
  onChoose: () => void;
  icon?: ReactNode;
  lang?: string;
  children: ReactNode;
}

function Choice({ checked, onChoose, icon, lang, children }: ChoiceProps) {
  return (
    <Menu.Item
      role="menuitemradio"
      aria-checked={checked}
      lang={lang}
      closeMenuOnClick={false}
      leftSection={icon}
      rightSection={checked && <IconCheck size={15} />}
      onClick={onChoose}
    >
      {children}
    </Menu.Item>
  );
}
