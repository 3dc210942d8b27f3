import { Button } from "@mantine/core";
import { IconActivity } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { PageHeader } from "@/app/shell/PageHeader";
import { EmptyState, ErrorState, LoadingLines } from "@/design/States";
import { useDevices } from "@/devices/queries";
import { useReconnected } from "@/realtime/RealtimeProvider";
import { SensorTile } from "./SensorTile";
import styles from "./SensorsPage.module.css";
import { useSensors } from "./queries";

export default function SensorsPage() {
  const { t } = useTranslation();
  const sensors = useSensors();
  const devices = useDevices();
  const deviceNames = new Map(devices.data?.map((device) => [device.id, device.name]));
  useReconnected(() => {
    void sensors.refetch();
  });

  return (
    <>
      <PageHeader
        title={t("sensors.title")}
        subtitle={sensors.data && t("sensors.count", { count: sensors.data.length })}
      />
      <div className={styles.scroll}>
        {sensors.isPending && <LoadingLines lines={3} height={150} />}
        {sensors.isError && <ErrorState error={sensors.error} onRetry={() => void sensors.refetch()} />}
        {sensors.data?.length === 0 && (
          <EmptyState
            icon={<IconActivity size={26} />}
            title={t("sensors.emptyTitle")}
            action={
              <Button component={Link} to="/devices">
                {t("sensors.toDevices")}
              </Button>
            }
          >
            {t("sensors.emptyText")}
          </EmptyState>
        )}
        {sensors.data && sensors.data.length > 0 && (
          <ul className={styles.grid}>
            {sensors.data.map((sensor) => (
              <li key={sensor.id}>
                <SensorTile sensor={sensor} deviceName={deviceNames.get(sensor.device_id)} />
              </li>
            ))}
          </ul>
        )}
      </div>
    </>
  );
}
