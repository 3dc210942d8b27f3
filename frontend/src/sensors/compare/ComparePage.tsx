import {
  ActionIcon,
  Button,
  MultiSelect,
  SegmentedControl,
  Skeleton,
  useComputedColorScheme,
} from "@mantine/core";
import { IconArrowLeft, IconChartLine, IconPhoto } from "@tabler/icons-react";
import { Suspense, lazy } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { toApiError } from "@/api/errors";
import type { Sensor } from "@/api/types";
import { PageHeader } from "@/app/shell/PageHeader";
import { EmptyState, ErrorState, LoadingLines } from "@/design/States";
import { useNotifyError } from "@/design/useNotifyError";
import { ranges } from "../chartWindow";
import { useSensors } from "../queries";
import styles from "./ComparePage.module.css";
import { PictureJob } from "./PictureJob";
import { useComparison, useDrawPicture } from "./queries";
import { LEAST_COMPARED, MOST_COMPARED, type Selection, readSelection, writeSelection } from "./selection";

const ComparedChart = lazy(() => import("./ComparedChart"));

/** Several sensors in one chart. The address says which, and so can be passed on. */
export default function ComparePage() {
  const { t } = useTranslation();
  const sensors = useSensors();
  return (
    <>
      <PageHeader
        title={t("compare.title")}
        leading={
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
        }
      />
      <div className={styles.scroll}>
        {sensors.isPending && <LoadingLines lines={3} height={60} />}
        {sensors.isError && <ErrorState error={sensors.error} onRetry={() => void sensors.refetch()} />}
        {sensors.data && <Comparison sensors={sensors.data} />}
      </div>
    </>
  );
}

function Comparison({ sensors }: { sensors: readonly Sensor[] }) {
  const { t, i18n } = useTranslation();
  const theme = useComputedColorScheme("light", { getInitialValueInEffect: false });
  const notifyError = useNotifyError();
  const [search, setSearch] = useSearchParams();
  const selection = readSelection(search);
  const look = { theme, language: i18n.language };
  const chart = useComparison(selection.sensors, selection.range, look);
  const draw = useDrawPicture();
  const enough = selection.sensors.length >= LEAST_COMPARED;
  const names = selection.sensors.map((id) => sensors.find((sensor) => sensor.id === id)?.name ?? id);
  const wrong = chart.error && toApiError(chart.error).fields.sensors;

  const change = (part: Partial<Selection>) => {
    setSearch(writeSelection({ ...selection, job: null, ...part }), { replace: true });
  };

  return (
    <>
      <div className={styles.choices}>
        <MultiSelect
          className={styles.sensors}
          label={t("compare.sensors")}
          description={!wrong && t("compare.hint", { count: MOST_COMPARED })}
          placeholder={selection.sensors.length < MOST_COMPARED ? t("compare.choose") : undefined}
          nothingFoundMessage={t("compare.noneFound")}
          searchable
          hidePickedOptions
          maxValues={MOST_COMPARED}
          data={sensors.map(({ id, name, unit }) => ({
            value: id,
            label: unit ? `${name} (${unit})` : name,
          }))}
          value={selection.sensors}
          error={wrong}
          onChange={(chosen) => {
            change({ sensors: chosen });
          }}
        />
        <div className={styles.tools}>
          <SegmentedControl
            size="xs"
            aria-label={t("sensors.range")}
            data={ranges.map((range) => ({ value: range, label: t(`sensors.ranges.${range}`) }))}
            value={selection.range}
            onChange={(range) => {
              change({ range });
            }}
          />
          <Button
            variant="default"
            size="xs"
            leftSection={<IconPhoto size={16} />}
            disabled={!enough || chart.isError}
            loading={draw.isPending}
            onClick={() => {
              draw.mutate(
                { ...look, sensors: selection.sensors, range: selection.range },
                {
                  onSuccess: ({ id }) => {
                    change({ job: id });
                  },
                  onError: notifyError,
                },
              );
            }}
          >
            {t("compare.draw")}
          </Button>
        </div>
      </div>
      {selection.job !== null && <PictureJob key={selection.job} jobId={selection.job} />}
      {!enough && <EmptyState icon={<IconChartLine size={26} />} title={t("compare.tooFew")} />}
      {enough && chart.isError && !wrong && (
        <ErrorState
          error={chart.error}
          onRetry={() => void chart.refetch()}
          title={t("sensors.chartFailed")}
        />
      )}
      {enough && !chart.isError && (
        <section className={styles.card}>
          <Suspense fallback={<Skeleton height={380} radius="md" />}>
            {chart.data ? (
              <ComparedChart
                spec={chart.data}
                busy={chart.isFetching}
                label={t("compare.chartLabel", {
                  names: new Intl.ListFormat(i18n.language).format(names),
                  range: t(`sensors.ranges.${selection.range}`),
                })}
              />
            ) : (
              <Skeleton height={380} radius="md" />
            )}
          </Suspense>
        </section>
      )}
    </>
  );
}
