import { Button, SegmentedControl, Select } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import type { SensorAlert } from "@/api/types";
import { PageHeader } from "@/app/shell/PageHeader";
import { EmptyState, ErrorState, LoadingLines } from "@/design/States";
import { useSensors } from "@/sensors/queries";
import { AlertRow } from "./AlertRow";
import styles from "./Alerts.module.css";
import { SilenceList } from "./SilenceList";
import { useFiringCount, useOpenAlerts, useResolvedAlerts, useSilences } from "./queries";

const filters = ["all", "firing", "acknowledged", "resolved"] as const;
type Filter = (typeof filters)[number];

/** The alerts that concern one: what is open before what is over, and what nobody is told of for now. */
export default function AlertsPage() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const filter = filters.find((each) => each === search.get("state")) ?? "all";
  const sensorId = search.get("sensor");
  const sensors = useSensors().data ?? [];
  const firing = useFiringCount();
  const open = useOpenAlerts(sensorId);
  const past = useResolvedAlerts(sensorId, filter === "all" || filter === "resolved");
  const silences = useSilences().data ?? [];
  const openShown = (open.data ?? []).filter(({ state }) => shows(filter, state));
  const pastShown = shows(filter, "resolved") ? (past.data?.pages.flatMap(({ items }) => items) ?? []) : [];
  const error = open.error ?? past.error;
  const pastPending = shows(filter, "resolved") && past.isPending;

  const narrow = (change: { state?: Filter; sensor?: string | null }) => {
    const next = new URLSearchParams(search);
    for (const [name, value] of Object.entries(change)) {
      if (value === null || value === "all") next.delete(name);
      else next.set(name, value);
    }
    setSearch(next, { replace: true });
  };

  return (
    <>
      <PageHeader
        title={t("alerts.title")}
        subtitle={firing > 0 ? t("alerts.firingCount", { count: firing }) : t("alerts.noneFiring")}
      />
      <div className={styles.scroll} data-scroller>
        <div className={styles.page}>
          <div className={styles.filters}>
            <SegmentedControl
              aria-label={t("alerts.filter.state")}
              size="xs"
              data={filters.map((each) => ({ value: each, label: t(`alerts.filter.${each}`) }))}
              value={filter}
              onChange={(state) => {
                narrow({ state: filters.find((each) => each === state) ?? "all" });
              }}
            />
            <Select
              aria-label={t("sensors.one")}
              placeholder={t("alerts.filter.everySensor")}
              size="xs"
              clearable
              searchable
              data={sensors.map(({ id, name }) => ({ value: id, label: name }))}
              value={sensorId}
              onChange={(sensor) => {
                narrow({ sensor });
              }}
            />
          </div>
          {error && (
            <ErrorState
              error={error}
              onRetry={() => {
                void open.refetch();
                void past.refetch();
              }}
            />
          )}
          {!error && !open.isPending && !pastPending && openShown.length + pastShown.length === 0 && (
            <EmptyState icon={<IconCircleCheck size={26} />} title={t("alerts.emptyTitle")}>
              {t("alerts.emptyText")}
            </EmptyState>
          )}
          <Cards title={t("alerts.openOnes")} alerts={openShown} />
          {!error && (open.isPending || pastPending) && <LoadingLines lines={4} height={72} />}
          <Cards title={t("alerts.pastOnes")} alerts={pastShown}>
            {past.hasNextPage && (
              <Button
                className={styles.more}
                variant="default"
                size="xs"
                loading={past.isFetchingNextPage}
                onClick={() => void past.fetchNextPage()}
              >
                {t("alerts.more")}
              </Button>
            )}
          </Cards>
          {silences.length > 0 && (
            <section className={styles.section}>
              <h2>{t("alerts.silences.title")}</h2>
              <div className={styles.card}>
                <SilenceList silences={silences} mayEnd={() => true} />
              </div>
            </section>
          )}
        </div>
      </div>
    </>
  );
}

function shows(filter: Filter, state: SensorAlert["state"]): boolean {
  return filter === "all" || filter === state;
}

interface CardsProps {
  title: string;
  alerts: readonly SensorAlert[];
  children?: React.ReactNode;
}

function Cards({ title, alerts, children }: CardsProps) {
  if (alerts.length === 0) return null;
  return (
    <section className={styles.section}>
      <h2>{title}</h2>
      <ul className={styles.cards} aria-label={title}>
        {alerts.map((alert) => (
          <AlertRow key={alert.id} alert={alert} />
        ))}
      </ul>
      {children}
    </section>
  );
}
