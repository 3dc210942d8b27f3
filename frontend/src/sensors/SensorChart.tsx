import { Skeleton, useComputedColorScheme } from "@mantine/core";
import { useReducedMotion } from "@mantine/hooks";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, request } from "@/api/client";
import { keys } from "@/api/queries";
import type { Sensor } from "@/api/types";
import { ErrorState } from "@/design/States";
import { useReconnected, useServerEvent } from "@/realtime/RealtimeProvider";
import styles from "./SensorChart.module.css";
import { useSensorFeed } from "./SensorFeeds";
import { type ChartSpec, type PreparedChart, prepareChart } from "./chartSpec";
import { LiveChart } from "./liveChart";
import type { Range } from "./queries";
import { Throttle } from "@/lib/throttle";
import { isLocale } from "@/i18n/locale";

interface Props {
  sensor: Sensor;
  range: Range;
}

/** Readings come up to 10 times a second; the picture moves this often at most. */
const STREAM_MS = 500;
/** For who asked their system for less motion. */
const CALM_STREAM_MS = 5_000;
/** Live rows are not thinned: from this many on, the server's next chart takes their place. */
const MOST_ROWS = 4_000;
/** How often a chart of a range is worth fetching again: about the time of one of its pixels. */
const REFETCH_MS: Record<Range, number> = {
  "1h": 30_000,
  "24h": 15_000,
  "7d": 120_000,
  "30d": 300_000,
  "1y": 600_000,
};

export default function SensorChart({ sensor, range }: Props) {
  const { t, i18n } = useTranslation();
  const theme = useComputedColorScheme("light");
  const calm = useReducedMotion();
  const queries = useQueryClient();
  const feed = useSensorFeed(sensor.id);
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<LiveChart | null>(null);
  const [drawError, setDrawError] = useState<unknown>(null);
  const [drawn, setDrawn] = useState(false);
  const locale = isLocale(i18n.language) ? i18n.language : "en";

  const query = useQuery({
    queryKey: [...keys.charts(sensor.id, range), theme, locale],
    queryFn: async ({ signal }) => {
      const path = { sensor_id: sensor.id };
      const asked = { range, theme, locale, width: chartWidth() };
      const options = { params: { path, query: asked }, signal };
      const spec = await request(api.GET("/api/sensors/{sensor_id}/chart", options));
      return { spec: spec as unknown as ChartSpec, live: range === "1h" };
    },
    // A chart kept from before would jump when its successor comes.
    staleTime: 0,
    gcTime: 60_000,
    placeholderData: keepPreviousData,
  });
  const { data, refetch } = query;
  const refresh = useMemo(
    () =>
      new Throttle(() => {
        void queries.invalidateQueries({ queryKey: keys.charts(sensor.id, range) });
      }, REFETCH_MS[range]),
    [queries, sensor.id, range],
  );
  useEffect(() => refresh.cancel, [refresh]);
  useReconnected(() => void refetch());
  useServerEvent("chart_updated", (change) => {
    // The shortest range is fed by the readings themselves; what is late changes its past.
    const late = change.start < Date.now() - 2 * 60_000;
    if (change.sensor_id === sensor.id && (range !== "1h" || late)) refresh.call();
  });

  const show = useEffectEvent(async (prepared: PreparedChart, isCurrent: () => boolean) => {
    const element = place.current;
    if (!element) return;
    try {
      if (chart.current?.fits(prepared)) {
        await chart.current.replace(prepared);
      } else {
        const made = await LiveChart.draw(element, prepared);
        if (!isCurrent()) {
          made.destroy();
          return;
        }
        chart.current?.destroy();
        chart.current = made;
      }
      setDrawError(null);
      setDrawn(true);
    } catch (error) {
      if (isCurrent()) setDrawError(error);
    }
  });

  useEffect(() => {
    if (!data) return;
    let current = true;
    void show(prepareChart(data.spec, lookOf(place.current), data.live), () => current);
    return () => {
      current = false;
    };
  }, [data, theme]);

  useEffect(
    () => () => {
      chart.current?.destroy();
      chart.current = null;
    },
    [],
  );

  useEffect(() => {
    if (range !== "1h") return;
    let waiting: [number, number][] = [];
    const stop = feed.onReadings((readings) => {
      waiting.push(...readings);
    });
    const timer = setInterval(
      () => {
        if (waiting.length === 0 || !chart.current) return;
        if (chart.current.append(sensor.id, waiting) > MOST_ROWS) refresh.call();
        waiting = [];
      },
      calm ? CALM_STREAM_MS : STREAM_MS,
    );
    return () => {
      stop();
      clearInterval(timer);
    };
  }, [feed, sensor.id, range, calm, refresh]);

  const error = query.error ?? drawError;
  if (error && !drawn)
    return <ErrorState error={error} onRetry={() => void refetch()} title={t("sensors.chartFailed")} />;
  return (
    <div className={styles.frame} aria-busy={query.isFetching}>
      {!drawn && <Skeleton className={styles.skeleton} radius="md" />}
      <div
        ref={place}
        className={styles.chart}
        data-drawn={drawn}
        role="img"
        aria-label={t("sensors.chartLabel", { name: sensor.name, range: t(`sensors.ranges.${range}`) })}
      />
      <p className={styles.hints}>
        {range === "1h" && <span>{t("sensors.liveHint")}</span>}{" "}
        <span className={styles.zoom}>{t("sensors.zoomHint")}</span>
      </p>
    </div>
  );
}

/** A point per pixel is enough; in steps, so that a window that is a little wider finds the same chart. */
function chartWidth(): number {
  return Math.min(2_000, Math.max(300, Math.ceil(window.innerWidth / 200) * 200));
}

/** The colours of the page as they are now, for what is drawn by Vega and knows no style sheet. */
function lookOf(element: HTMLElement | null) {
  const style = getComputedStyle(element ?? document.documentElement);
  const token = (name: string) => style.getPropertyValue(name).trim();
  return {
    ink: token("--fr-ink"),
    muted: token("--fr-ink-3"),
    line: token("--fr-line"),
    font: token("--fr-font"),
    height: window.innerWidth < 600 ? 260 : 340,
  };
}
