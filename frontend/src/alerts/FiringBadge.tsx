import { useTranslation } from "react-i18next";
import { badgeText } from "@/rooms/unread";
import styles from "./Alerts.module.css";
import { useFiringCount } from "./queries";

/** How many alerts wait for somebody. */
export function FiringBadge() {
  const { t } = useTranslation();
  const count = useFiringCount();
  if (count === 0) return null;
  return (
    <span className={styles.count} aria-label={t("alerts.firingCount", { count })}>
      {badgeText(count)}
    </span>
  );
}
