import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Sensor } from "@/api/types";
import { Age } from "@/design/Age";
import { useLiveReadings } from "./SensorFeeds";
import styles from "./SensorTile.module.css";
import { Sparkline } from "./Sparkline";
import { formatValue } from "./readings";
import { FEED_SPAN_MS } from "./sensorFeed";

/** A sensor at a glance: what it says now, how it got there, and how old that is. */
export function SensorTile({ sensor, deviceName }: { sensor: Sensor; deviceName: string | undefined }) {
  const { t, i18n } = useTranslation();
  const live = useLiveReadings(sensor.id);
  const [at, value] = live.readings.at(-1) ?? (sensor.last ? [sensor.last.ts, sensor.last.value] : []);
  const online = live.online ?? sensor.online;
  return (
    <Link to={`/sensors/${sensor.id}`} className={styles.tile} data-offline={online ? undefined : true}>
      <span className={styles.head}>
        <span className={styles.dot} aria-hidden />
        <span className={styles.name}>{sensor.name}</span>
        <span className={styles.state}>{online ? t("sensors.online") : t("sensors.offline")}</span>
      </span>
      <span className={styles.value}>
        {value === undefined ? (
          <span className={styles.none}>{t("sensors.noReading")}</span>
        ) : (
          <>
            <span className={styles.number}>{formatValue(value, i18n.language)}</span>
            <span className={styles.unit}>{sensor.unit}</span>
          </>
        )}
      </span>
      <Sparkline readings={live.readings} spanMs={FEED_SPAN_MS} />
      <span className={styles.foot}>
        <span className={styles.device}>{deviceName}</span>
        {at !== undefined && <Age at={at} />}
      </span>
    </Link>
  );
}
