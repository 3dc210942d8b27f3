import { IconAlertTriangle, IconCircleCheck, IconEyeCheck, IconPlayerPause } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import styles from "./Alerts.module.css";

const icons = {
  ok: IconCircleCheck,
  firing: IconAlertTriangle,
  acknowledged: IconEyeCheck,
  resolved: IconCircleCheck,
  off: IconPlayerPause,
} as const;

export type ShownState = keyof typeof icons;

/** How a rule or an alert is: a sign, a word and a colour. */
export function StateBadge({ state }: { state: ShownState }) {
  const { t } = useTranslation();
  const Icon = icons[state];
  return (
    <span className={styles.badge} data-state={state}>
      <Icon size={14} aria-hidden />
      {t(`alerts.states.${state}`)}
    </span>
  );
}
