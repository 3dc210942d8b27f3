import { ActionIcon } from "@mantine/core";
import { IconMenu2 } from "@tabler/icons-react";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import styles from "./PageHeader.module.css";
import { tabTitle } from "@/notices/noticeLink";
import { useWaiting } from "@/notices/queries";
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
  const waiting = useWaiting();

  useEffect(() => {
    document.title = tabTitle(title, waiting);
    return () => {
      document.title = "Fieldroom";
    };
  }, [title, waiting]);

  return (
    <header className={styles.header}>
      {narrow && (
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={waiting > 0 ? t("nav.waiting", { count: waiting }) : t("nav.open")}
          onClick={open}
        >
          <IconMenu2 size={20} />
          {waiting > 0 && <span className={styles.waiting} aria-hidden />}
        </ActionIcon>
      )}
      {leading}
      <div className={styles.titles} data-title={title}>
        <h1 className={styles.title}>{title}</h1>
        {subtitle && <div className={styles.subtitle}>{subtitle}</div>}
      </div>
      {actions && <div className={styles.actions}>{actions}</div>}
    </header>
  );
}
