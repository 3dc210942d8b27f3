import { ActionIcon } from "@mantine/core";
import { IconMenu2 } from "@tabler/icons-react";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import styles from "./PageHeader.module.css";
import { useNavigation } from "./navigationContext";

interface Props {
  title: string;
  subtitle?: ReactNode;
  /** Before the title: a way back. */
  leading?: ReactNode;
  actions?: ReactNode;
}

export function PageHeader({ title, subtitle, leading, actions }: Props) {
  const { t } = useTranslation();
  const { narrow, open } = useNavigation();

  useEffect(() => {
    document.title = `${title} · Fieldroom`;
    return () => {
      document.title = "Fieldroom";
    };
  }, [title]);

  return (
    <header className={styles.header}>
      {narrow && (
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("nav.open")} onClick={open}>
          <IconMenu2 size={20} />
        </ActionIcon>
      )}
      {leading}
      <div className={styles.titles}>
        <h1 className={styles.title}>{title}</h1>
        {subtitle && <div className={styles.subtitle}>{subtitle}</div>}
      </div>
      {actions && <div className={styles.actions}>{actions}</div>}
    </header>
  );
}
