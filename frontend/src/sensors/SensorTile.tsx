import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { SensorAlertMark } from "@/alerts/SensorAlertMark";
import type { Sensor } from "@/api/types";
import { Age } from "@/design/Age";
import { useLiveReadings } from "./SensorFeeds";
import styles from "./SensorTile.module.css";
import { Sparkline } from "./Sparkline";
import { type TileSize, placeOf } from "./dashboard/arrangement";
import { formatValue } from "./readings";

interface Props {
  sensor: Sensor;
  size: TileSize;
  deviceName: string | undefined;
}

/** A sensor at a glance: what it says now, how it got there, and how old that is. */
export function SensorTile(props: Props) {
  return (
    <Link to={`/sensors/${props.sensor.id}`} className={styles.link}>
      <TileBody {...props} />
    </Link>
  );
}

export function TileBody({ sensor, size, deviceName }: Props) {
  const { t, i18n } = useTranslation();
  const live = useLiveReadings(sensor.id);
  const [at, value] = live.readings.at(-1) ?? (sensor.last ? [sensor.last.ts, sensor.last.value] : []);
  const online = live.online ?? sensor.online;
  return (
    <span className={styles.tile} data-size={size} data-offline={online ? undefined : true}>
      <span className={styles.head}>
        <span className={styles.dot} aria-hidden />
        <span className={styles.name}>{sensor.name}</span>
        <SensorAlertMark sensorId={sensor.id} />
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
      <Sparkline readings={live.readings} />
      <span className={styles.foot}>
        <span className={styles.device}>{placeOf(sensor) || deviceName}</span>
        {at !== undefined && <Age at={at} />}
      </span>
    </span>
  );
}
