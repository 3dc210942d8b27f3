import { Button } from "@mantine/core";
import { IconBellOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Silence } from "@/api/types";
import { useNotifyError } from "@/design/useNotifyError";
import { useDevices } from "@/devices/queries";
import { useSensors } from "@/sensors/queries";
import styles from "./Alerts.module.css";
import { useAlertRule, useEndSilence } from "./queries";
import { useAlertWords } from "./useAlertWords";

interface Props {
  silences: readonly Silence[];
  /** Whether one may end this one. */
  mayEnd: (silence: Silence) => boolean;
}

/** What nobody is told of for now, until when, and by whose decision. */
export function SilenceList({ silences, mayEnd }: Props) {
  const { t } = useTranslation();
  const { moment } = useAlertWords();
  const end = useEndSilence();
  const notifyError = useNotifyError();
  return (
    <ul className={styles.list} aria-label={t("alerts.silences.title")}>
      {silences.map((silence) => (
        <li key={silence.id} className={styles.row}>
          <IconBellOff size={17} aria-hidden />
          <span className={styles.words}>
            <span className={styles.title}>
              <Subject silence={silence} />
            </span>
            <span className={styles.facts}>
              <span>{t("alerts.silence.until", { time: moment(silence.until) })}</span>
              <span>{t("alerts.silences.by", { name: silence.created_by.username })}</span>
              {silence.reason && <span>{silence.reason}</span>}
            </span>
          </span>
          {mayEnd(silence) && (
            <Button
              size="xs"
              variant="default"
              loading={end.isPending && end.variables === silence.id}
              onClick={() => {
                end.mutate(silence.id, { onError: notifyError });
              }}
            >
              {t("alerts.silences.end")}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}

function Subject({ silence }: { silence: Silence }) {
  const { t } = useTranslation();
  const { condition } = useAlertWords();
  const rule = useAlertRule(silence.rule_id).data;
  const sensors = useSensors().data;
  const devices = useDevices().data;
  const sensorId = silence.sensor_id ?? rule?.sensor_id;
  const sensor = sensors?.find(({ id }) => id === sensorId);
  if (silence.device_id !== null) {
    const name = devices?.find(({ id }) => id === silence.device_id)?.name;
    return name === undefined ? t("alerts.silences.device") : t("alerts.silences.allOf", { name });
  }
  if (!sensor) return t("alerts.silences.someSensor");
  const link = <Link to={`/sensors/${sensor.id}`}>{sensor.name}</Link>;
  if (silence.rule_id === null)
    return (
      <>
        {link}: {t("alerts.silences.allRules")}
      </>
    );
  return (
    <>
      {link}
      {rule && `: ${rule.name ?? condition(rule, sensor.unit)}`}
    </>
  );
}
