import { UnstyledButton } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Mark } from "@/design/Mark";
import { chooseLocale } from "@/i18n";
import { localeNames, locales } from "@/i18n/locale";
import styles from "./SignInPage.module.css";
import { Trace } from "./Trace";

interface Props {
  title: string;
  lead?: string;
  children: ReactNode;
}

/** A page for whoever is not signed in (yet). */
export function AuthLayout({ title, lead, children }: Props) {
  const { t, i18n } = useTranslation();
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
            <h1 className={styles.title}>{title}</h1>
            <p className={styles.lead}>{lead}</p>
          </div>
          {children}
        </div>
      </main>
    </div>
  );
}
