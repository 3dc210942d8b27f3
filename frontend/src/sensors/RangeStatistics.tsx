import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, request } from "@/api/client";
import { keys } from "@/api/queries";
import type { Sensor } from "@/api/types";
import styles from "./RangeStatistics.module.css";
import { type ChartWindow, askedFor, windowKey } from "./chartWindow";
import { formatValue } from "./readings";

const REFETCH_MS = 15_000;
const figures = ["min", "mean", "max", "last"] as const;

/** What the shown time comes to. */
export function RangeStatistics({
  sensor,
  window: shown,
  paused,
}: {
  sensor: Sensor;
  window: ChartWindow;
  paused: boolean;
}) {
  const { t, i18n } = useTranslation();
  const { data } = useQuery({
    queryKey: keys.statistics(sensor.id, windowKey(shown)),
    queryFn: async () =>
      (
        await request(
          api.GET("/api/sensors/{sensor_id}/statistics", {
            params: { path: { sensor_id: sensor.id }, query: askedFor(shown) },
          }),
        )
      ).statistics,
    placeholderData: keepPreviousData,
    refetchInterval: shown.kind === "moving" && !paused && REFETCH_MS,
  });
  return (
    <dl className={styles.figures} aria-label={t("sensors.statistics")}>
      {figures.map((figure) => (
        <div key={figure}>
          <dt>{t(`sensors.figures.${figure}`)}</dt>
          <dd>
            {data ? formatValue(data[figure], i18n.language) : "–"} {data && <small>{sensor.unit}</small>}
          </dd>
        </div>
      ))}
      <div>
        <dt>{t("sensors.figures.count")}</dt>
        <dd>{data === undefined ? "–" : new Intl.NumberFormat(i18n.language).format(data?.count ?? 0)}</dd>
      </div>
    </dl>
  );
}
