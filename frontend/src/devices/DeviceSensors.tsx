import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { LoadingLines } from "@/design/States";
import { useLiveReadings } from "@/sensors/SensorFeeds";
import { useDeviceSensors } from "@/sensors/queries";
import { formatValue } from "@/sensors/readings";
import type { Sensor } from "@/api/types";
import styles from "./DevicesPage.module.css";

/** The sensors of a device with what they say now. */
export function DeviceSensors({ deviceId }: { deviceId: string }) {
  const sensors = useDeviceSensors(deviceId);
  if (!sensors.data) return <LoadingLines lines={2} height={24} />;
  return (
    <ul className={styles.sensors}>
      {sensors.data.map((sensor) => (
        <li key={sensor.id}>
          <SensorLine sensor={sensor} />
        </li>
      ))}
    </ul>
  );
}

function SensorLine({ sensor }: { sensor: Sensor }) {
  const { i18n } = useTranslation();
  const live = useLiveReadings(sensor.id);
  const value = live.readings.at(-1)?.[1] ?? sensor.last?.value;
  return (
    <Link to={`/sensors/${sensor.id}`} className={styles.sensor}>
      <span>{sensor.name}</span>
      <span className={styles.sensorValue}>
        {value === undefined ? "–" : `${formatValue(value, i18n.language)} ${sensor.unit}`}
      </span>
    </Link>
  );
}
