import { ActionIcon } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Room, Sensor } from "@/api/types";
import { useMe } from "@/auth/session";
import { useNotifyError } from "@/design/useNotifyError";
import { useLiveReadings } from "../SensorFeeds";
import { formatValue } from "../readings";
import styles from "./PinnedStrip.module.css";
import { mayPin, usePins, useSetPinned } from "./queries";

/** The sensors that a room keeps in sight, live. Nothing where there are none. */
export function PinnedStrip({ room }: { room: Room }) {
  const { t } = useTranslation();
  const me = useMe();
  const pins = usePins(room.id);
  const setPinned = useSetPinned();
  const notifyError = useNotifyError();
  if (!pins.data || pins.data.length === 0) return null;
  const removable = mayPin(room, me);
  return (
    <ul className={styles.strip} aria-label={t("pins.strip")}>
      {pins.data.map(({ sensor }) => (
        <li key={sensor.id} className={styles.pin}>
          <PinnedSensor sensor={sensor} />
          {removable && (
            <ActionIcon
              className={styles.remove}
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={t("pins.unpin", { name: sensor.name })}
              onClick={() => {
                setPinned.mutate(
                  { roomId: room.id, sensorId: sensor.id, pinned: false },
                  { onError: notifyError },
                );
              }}
            >
              <IconX size={14} />
            </ActionIcon>
          )}
        </li>
      ))}
    </ul>
  );
}

function PinnedSensor({ sensor }: { sensor: Sensor }) {
  const { t, i18n } = useTranslation();
  const live = useLiveReadings(sensor.id);
  const value = live.readings.at(-1)?.[1] ?? sensor.last?.value;
  const online = live.online ?? sensor.online;
  return (
    <Link to={`/sensors/${sensor.id}`} className={styles.link} data-offline={online ? undefined : true}>
      <span className={styles.dot} role="img" aria-label={t(online ? "sensors.online" : "sensors.offline")} />
      <span className={styles.name}>{sensor.name}</span>
      <span className={styles.value}>
        {value === undefined ? "–" : formatValue(value, i18n.language)} <small>{sensor.unit}</small>
      </span>
    </Link>
  );
}
