import { IconAlertTriangle, IconEyeCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import styles from "./Alerts.module.css";
import { useOpenAlerts } from "./queries";

/** The sign of a sensor about which an alert is open, as far as alerts concern the reader. */
export function SensorAlertMark({ sensorId }: { sensorId: string }) {
  const { t } = useTranslation();
  const open = useOpenAlerts().data?.filter((alert) => alert.sensor_id === sensorId) ?? [];
  if (open.length === 0) return null;
  const state = open.some((alert) => alert.state === "firing") ? "firing" : "acknowledged";
  const Icon = state === "firing" ? IconAlertTriangle : IconEyeCheck;
  const label = t(`alerts.mark.${state}`);
  return (
    <span className={styles.mark} data-state={state} role="img" aria-label={label} title={label}>
      <Icon size={16} />
    </span>
  );
}
