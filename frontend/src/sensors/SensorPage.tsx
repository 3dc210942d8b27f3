import { ActionIcon, Button, SegmentedControl, Skeleton, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconArrowLeft,
  IconChevronDown,
  IconChevronRight,
  IconFileUpload,
  IconPencil,
} from "@tabler/icons-react";
import { Suspense, lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router";
import { RulePanel } from "@/alerts/RulePanel";
import { toApiError } from "@/api/errors";
import type { Sensor } from "@/api/types";
import { PageHeader } from "@/app/shell/PageHeader";
import { Age } from "@/design/Age";
import { EmptyState, ErrorState, LoadingLines } from "@/design/States";
import { useMayManage } from "@/devices/queries";
import { EditSensorDialog } from "./EditSensorDialog";
import { RangeStatistics } from "./RangeStatistics";
import { ReadingsTable } from "./ReadingsTable";
import { SensorDownloads } from "./SensorDownloads";
import { useLiveReadings } from "./SensorFeeds";
import styles from "./SensorPage.module.css";
import { WindowPicker } from "./WindowPicker";
import { type ChartWindow, chartKinds, readKind, readWindow, windowKey, writeWindow } from "./chartWindow";
import { placeOf } from "./dashboard/arrangement";
import { DigestPanel } from "./digests/DigestPanel";
import { PinMenu } from "./pins/PinMenu";
import { useSensor } from "./queries";
import { formatValue } from "./readings";

const ImportDialog = lazy(() => import("./importing/ImportDialog"));
const SensorChart = lazy(() => import("./SensorChart"));

export default function SensorPage() {
  const { t } = useTranslation();
  const { sensorId = "" } = useParams();
  const sensor = useSensor(sensorId);
  const back = (
    <ActionIcon
      component={Link}
      to="/sensors"
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={t("sensors.back")}
    >
      <IconArrowLeft size={19} />
    </ActionIcon>
  );
  if (sensor.data) return <LoadedSensor key={sensor.data.id} sensor={sensor.data} back={back} />;
  return (
    <>
      <PageHeader title={t("sensors.one")} leading={back} />
      {sensor.isError ? (
        toApiError(sensor.error).code === "not_found" ? (
          <EmptyState
            title={t("sensors.goneTitle")}
            action={
              <Button component={Link} to="/sensors">
                {t("sensors.back")}
              </Button>
            }
          >
            {t("sensors.goneText")}
          </EmptyState>
        ) : (
          <ErrorState error={sensor.error} onRetry={() => void sensor.refetch()} />
        )
      ) : (
        <LoadingLines lines={3} height={120} />
      )}
    </>
  );
}

function LoadedSensor({ sensor, back }: { sensor: Sensor; back: React.ReactNode }) {
  const { t, i18n } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const [paused, setPaused] = useState(false);
  const [editing, { open: edit, close: closeEdit }] = useDisclosure(false);
  const [importing, { open: startImport, close: endImport }] = useDisclosure(false);
  const [tableShown, { toggle: toggleTable }] = useDisclosure(false);
  const mayManage = useMayManage(sensor.device_id);
  const shown = readWindow(search);
  const kind = readKind(search);
  const live = useLiveReadings(sensor.id);
  const [at, value] = live.readings.at(-1) ?? (sensor.last ? [sensor.last.ts, sensor.last.value] : []);
  const online = live.online ?? sensor.online;

  /** A zoom is a step that the browser's way back undoes; another range is not. */
  const show = (next: ChartWindow) => {
    setSearch(writeWindow(search, next), { replace: next.kind === "moving" && shown.kind === "moving" });
    if (next.kind === "fixed") setPaused(false);
  };

  return (
    <>
      <PageHeader
        title={sensor.name}
        subtitle={[online ? t("sensors.online") : t("sensors.offline"), placeOf(sensor)]
          .filter(Boolean)
          .join(" · ")}
        leading={back}
        actions={
          <>
            <PinMenu sensor={sensor} />
            {mayManage && (
              <Tooltip label={t("importing.open")}>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="lg"
                  aria-label={t("importing.open")}
                  onClick={startImport}
                >
                  <IconFileUpload size={18} />
                </ActionIcon>
              </Tooltip>
            )}
            {mayManage && (
              <Tooltip label={t("sensors.edit.open")}>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="lg"
                  aria-label={t("sensors.edit.open")}
                  onClick={edit}
                >
                  <IconPencil size={18} />
                </ActionIcon>
              </Tooltip>
            )}
            <SensorDownloads sensorId={sensor.id} window={shown} kind={kind} />
          </>
        }
      />
      <div className={styles.scroll}>
        <div className={styles.now} data-offline={online ? undefined : true}>
          <span className={styles.number}>
            {value === undefined ? "–" : formatValue(value, i18n.language)}
          </span>
          <span className={styles.unit}>{sensor.unit}</span>
          {at !== undefined && (
            <span className={styles.age}>
              <Age at={at} />
            </span>
          )}
          <WindowPicker window={shown} paused={paused} onChange={show} onPause={setPaused} />
        </div>
        <section className={styles.card} aria-label={t("sensors.chartOf", { name: sensor.name })}>
          <SegmentedControl
            size="xs"
            className={styles.kinds}
            aria-label={t("sensors.chartKind")}
            data={chartKinds.map((each) => ({ value: each, label: t(`sensors.chartKinds.${each}`) }))}
            value={kind}
            onChange={(chosen) => {
              const next = new URLSearchParams(search);
              next.set("kind", chosen);
              setSearch(next, { replace: true });
            }}
          />
          <Suspense fallback={<Skeleton className={styles.chartToCome} radius="md" />}>
            <SensorChart
              sensor={sensor}
              window={shown}
              kind={kind}
              paused={paused}
              onZoom={(start, end) => {
                show({ kind: "fixed", start, end: Math.max(end, start + 1_000), range: shown.range });
              }}
              onReset={() => {
                if (shown.kind === "fixed") show({ kind: "moving", range: shown.range });
              }}
            />
          </Suspense>
        </section>
        <RulePanel sensor={sensor} mayManage={mayManage} />
        <DigestPanel sensor={sensor} mayManage={mayManage} />
        <RangeStatistics sensor={sensor} window={shown} paused={paused} />
        <section className={styles.table} aria-label={t("sensors.readings")}>
          <Button
            variant="subtle"
            color="gray"
            fullWidth
            justify="flex-start"
            leftSection={tableShown ? <IconChevronDown size={17} /> : <IconChevronRight size={17} />}
            aria-expanded={tableShown}
            onClick={toggleTable}
          >
            {t("sensors.readings")}
          </Button>
          {tableShown && <ReadingsTable key={windowKey(shown)} sensor={sensor} window={shown} />}
        </section>
        <Facts sensor={sensor} />
      </div>
      <EditSensorDialog sensor={sensor} opened={editing} onClose={closeEdit} />
      <Suspense>{importing && <ImportDialog sensor={sensor} opened onClose={endImport} />}</Suspense>
    </>
  );
}

function Facts({ sensor }: { sensor: Sensor }) {
  const { t } = useTranslation();
  return (
    <dl className={styles.facts}>
      <Fact name={t("sensors.facts.kind")}>{sensor.kind || "–"}</Fact>
      <Fact name={t("sensors.facts.key")}>
        <code>{sensor.key}</code>
      </Fact>
      <Fact name={t("sensors.facts.visibility")}>{t(`sensors.visibility.${sensor.visibility}`)}</Fact>
      {placeOf(sensor) && <Fact name={t("sensors.facts.location")}>{placeOf(sensor)}</Fact>}
      {sensor.labels.length > 0 && (
        <Fact name={t("sensors.facts.labels")}>
          <span className={styles.labels}>
            {sensor.labels.map((label) => (
              <Link key={label} className={styles.label} to={`/sensors?label=${encodeURIComponent(label)}`}>
                {label}
              </Link>
            ))}
          </span>
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
