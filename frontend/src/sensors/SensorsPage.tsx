import { Button, VisuallyHidden } from "@mantine/core";
import { IconActivity, IconChartLine, IconCheck, IconLayoutGrid } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import type { Sensor } from "@/api/types";
import { PageHeader } from "@/app/shell/PageHeader";
import { EmptyState, ErrorState, LoadingLines } from "@/design/States";
import { useDevices } from "@/devices/queries";
import { useReconnected } from "@/realtime/RealtimeProvider";
import { SensorTile } from "./SensorTile";
import styles from "./SensorsPage.module.css";
import { ArrangedTile } from "./dashboard/ArrangedTile";
import { FilterBar } from "./dashboard/FilterBar";
import { SortableGrid } from "./dashboard/SortableGrid";
import { type Placed, type TileFilter, arrange, matches, moved, tilesOf } from "./dashboard/arrangement";
import { useArrange, useDashboard } from "./dashboard/queries";
import { useSensors } from "./queries";

export default function SensorsPage() {
  const { t } = useTranslation();
  const sensors = useSensors();
  const dashboard = useDashboard();
  const [arranging, setArranging] = useState(false);
  useReconnected(() => {
    void sensors.refetch();
  });
  const error = sensors.error ?? dashboard.error;
  const placed = sensors.data && dashboard.data && arrange(sensors.data, dashboard.data.tiles);

  return (
    <>
      <PageHeader
        title={t("sensors.title")}
        subtitle={sensors.data && t("sensors.count", { count: sensors.data.length })}
        actions={
          placed &&
          placed.length > 0 && (
            <>
              {placed.length > 1 && (
                <Button
                  component={Link}
                  to="/sensors/compare"
                  variant="default"
                  size="xs"
                  leftSection={<IconChartLine size={16} />}
                >
                  {t("compare.open")}
                </Button>
              )}
              <Button
                variant={arranging ? "filled" : "default"}
                size="xs"
                leftSection={arranging ? <IconCheck size={16} /> : <IconLayoutGrid size={16} />}
                onClick={() => {
                  setArranging(!arranging);
                }}
              >
                {t(arranging ? "actions.done" : "dashboard.arrange")}
              </Button>
            </>
          )
        }
      />
      <div className={styles.scroll} data-scroller>
        {error ? (
          <ErrorState
            error={error}
            onRetry={() => {
              void sensors.refetch();
              void dashboard.refetch();
            }}
          />
        ) : (
          !placed && <LoadingLines lines={3} height={150} />
        )}
        {placed?.length === 0 && (
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
        {placed &&
          placed.length > 0 &&
          (arranging ? <Arranging placed={placed} /> : <Tiles placed={placed} />)}
      </div>
    </>
  );
}

function useDeviceNames(): (sensor: Sensor) => string | undefined {
  const devices = useDevices();
  const names = new Map(devices.data?.map((device) => [device.id, device.name]));
  return (sensor) => names.get(sensor.device_id);
}

/** The tiles as they were arranged, narrowed down by the filter in the URL. */
function Tiles({ placed }: { placed: readonly Placed[] }) {
  const { t } = useTranslation();
  const deviceName = useDeviceNames();
  const [search, setSearch] = useSearchParams();
  const filter: TileFilter = {
    text: search.get("q") ?? "",
    label: search.get("label"),
    location: search.get("location"),
  };
  const visible = placed.filter(({ hidden }) => !hidden);
  const shown = visible.filter(({ sensor }) => matches(sensor, filter));

  const change = ({ text, label, location }: TileFilter) => {
    const chosen = { ...(text && { q: text }), ...(label && { label }), ...(location && { location }) };
    setSearch(chosen, { replace: true });
  };

  return (
    <>
      <FilterBar sensors={visible.map(({ sensor }) => sensor)} filter={filter} onChange={change} />
      {shown.length === 0 ? (
        <EmptyState
          title={t("dashboard.noneFound")}
          action={
            visible.length > 0 && (
              <Button
                variant="default"
                onClick={() => {
                  setSearch({}, { replace: true });
                }}
              >
                {t("dashboard.clearFilter")}
              </Button>
            )
          }
        />
      ) : (
        <ul className={styles.grid} aria-label={t("sensors.title")}>
          {shown.map(({ sensor, size }) => (
            <li key={sensor.id} className={styles.item} data-size={size}>
              <SensorTile sensor={sensor} size={size} deviceName={deviceName(sensor)} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** All tiles, hidden ones too, to be put in order. */
function Arranging({ placed }: { placed: readonly Placed[] }) {
  const { t } = useTranslation();
  const deviceName = useDeviceNames();
  const store = useArrange();
  const [lastMoved, setLastMoved] = useState<{ id: string; name: string; to: number } | null>(null);
  const ids = placed.map(({ sensor }) => sensor.id);
  const byId = new Map(placed.map((each) => [each.sensor.id, each]));

  const move = (id: string, to: number) => {
    store(tilesOf(moved(placed, ids.indexOf(id), to)));
    setLastMoved({ id, to, name: byId.get(id)?.sensor.name ?? "" });
  };
  const change = (id: string, changes: Partial<Placed>) => {
    store(tilesOf(placed.map((each) => (each.sensor.id === id ? { ...each, ...changes } : each))));
  };

  return (
    <>
      <p className={styles.hint}>{t("dashboard.hint")}</p>
      <SortableGrid
        className={styles.grid}
        itemClassName={styles.item}
        label={t("sensors.title")}
        order={ids}
        sizeOf={(id) => byId.get(id)?.size ?? "m"}
        onMove={move}
      >
        {(id) => {
          const each = byId.get(id);
          return (
            each && (
              <ArrangedTile
                placed={each}
                index={ids.indexOf(id)}
                count={ids.length}
                deviceName={deviceName(each.sensor)}
                focused={lastMoved?.id === id}
                onMove={(to) => {
                  move(id, to);
                }}
                onChange={(changes) => {
                  change(id, changes);
                }}
              />
            )
          );
        }}
      </SortableGrid>
      <VisuallyHidden role="status">
        {lastMoved &&
          t("dashboard.moved", { name: lastMoved.name, position: lastMoved.to + 1, count: ids.length })}
      </VisuallyHidden>
    </>
  );
}
