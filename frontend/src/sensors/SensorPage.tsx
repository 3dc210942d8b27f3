import { ActionIcon, Button, Menu, SegmentedControl, Skeleton } from "@mantine/core";
import { IconArrowLeft, IconDownload } from "@tabler/icons-react";
import { Suspense, lazy } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router";
import type { Sensor } from "@/api/types";
import { PageHeader } from "@/app/shell/PageHeader";
import { Age } from "@/design/Age";
import { ErrorState, LoadingLines } from "@/design/States";
import { useLiveReadings } from "./SensorFeeds";
import styles from "./SensorPage.module.css";
import { type Range, isRange, ranges, useSensor } from "./queries";
import { formatValue } from "./readings";

const SensorChart = lazy(() => import("./SensorChart"));
const downloads = ["svg", "png", "html"] as const;

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
        <ErrorState error={sensor.error} onRetry={() => void sensor.refetch()} />
      ) : (
        <LoadingLines lines={3} height={120} />
      )}
    </>
  );
}

function LoadedSensor({ sensor, back }: { sensor: Sensor; back: React.ReactNode }) {
  const { t, i18n } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const asked = search.get("range");
  const range: Range = isRange(asked) ? asked : "1h";
  const live = useLiveReadings(sensor.id);
  const [at, value] = live.readings.at(-1) ?? (sensor.last ? [sensor.last.ts, sensor.last.value] : []);
  const online = live.online ?? sensor.online;

  return (
    <>
      <PageHeader
        title={sensor.name}
        subtitle={online ? t("sensors.online") : t("sensors.offline")}
        leading={back}
        actions={<Downloads sensorId={sensor.id} range={range} />}
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
          <SegmentedControl
            className={styles.ranges}
            aria-label={t("sensors.range")}
            data={ranges.map((each) => ({ value: each, label: t(`sensors.ranges.${each}`) }))}
            value={range}
            onChange={(chosen) => {
              setSearch({ range: chosen }, { replace: true });
            }}
          />
        </div>
        <section className={styles.card} aria-label={t("sensors.chartOf", { name: sensor.name })}>
          <Suspense fallback={<Skeleton height={380} radius="md" />}>
            <SensorChart sensor={sensor} range={range} />
          </Suspense>
        </section>
        <dl className={styles.facts}>
          <Fact name={t("sensors.facts.kind")}>{sensor.kind}</Fact>
          <Fact name={t("sensors.facts.key")}>
            <code>{sensor.key}</code>
          </Fact>
          <Fact name={t("sensors.facts.visibility")}>{t(`sensors.visibility.${sensor.visibility}`)}</Fact>
        </dl>
      </div>
    </>
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

function Downloads({ sensorId, range }: { sensorId: string; range: Range }) {
  const { t } = useTranslation();
  // A picture is drawn by the server, which does not know where its reader is.
  const zone = encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone);
  return (
    <Menu position="bottom-end" width={180}>
      <Menu.Target>
        <Button variant="default" size="xs" leftSection={<IconDownload size={16} />}>
          {t("sensors.download")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {downloads.map((format) => (
          <Menu.Item
            key={format}
            component="a"
            href={`/api/sensors/${sensorId}/chart.${format}?range=${range}&tz=${zone}`}
            download={`chart-${range}.${format}`}
          >
            {t(`sensors.formats.${format}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
