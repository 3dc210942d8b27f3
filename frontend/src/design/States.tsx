import { Button, Skeleton } from "@mantine/core";
import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import { useErrorText } from "@/api/useErrorText";
import styles from "./States.module.css";

interface EmptyStateProps {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

/** What stands where there is nothing yet: what would be here, and what to do about it. */
export function EmptyState({ icon, title, children, action }: EmptyStateProps) {
  const titleId = useId();
  return (
    <section className={styles.state} aria-labelledby={titleId}>
      {icon && (
        <div className={styles.icon} aria-hidden>
          {icon}
        </div>
      )}
      <h2 id={titleId} className={styles.title}>
        {title}
      </h2>
      {children && <div className={styles.text}>{children}</div>}
      {action && <div className={styles.action}>{action}</div>}
    </section>
  );
}

interface ErrorStateProps {
  error: unknown;
  onRetry?: () => void;
  title?: string;
}

export function ErrorState({ error, onRetry, title }: ErrorStateProps) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  return (
    <div className={styles.state} role="alert">
      <h2 className={styles.title}>{title ?? t("states.failedTitle")}</h2>
      <div className={styles.text}>{errorText(error)}</div>
      {onRetry && (
        <div className={styles.action}>
          <Button variant="default" onClick={onRetry}>
            {t("actions.retry")}
          </Button>
        </div>
      )}
    </div>
  );
}

/** Something that takes the shape of what is loading. `lines`: how many rows of it. */
export function LoadingLines({ lines = 4, height = 40 }: { lines?: number; height?: number }) {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("states.loading")} className={styles.lines}>
      {Array.from({ length: lines }, (_, index) => (
        <Skeleton key={index} height={height} radius="md" width={`${100 - ((index * 17) % 40)}%`} />
      ))}
    </div>
  );
}

/** A line in the place of the one that says that there is nothing: where nothing is the usual, nothing moves. */
export function LoadingHint({ className }: { className?: string }) {
  const { t } = useTranslation();
  return (
    <p role="status" className={className}>
      {t("states.loading")}
    </p>
  );
}
