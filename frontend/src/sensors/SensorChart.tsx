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
import { chartWidth, lookOf } from "./chartLook";
import { type ChartSpec, type PreparedChart, prepareChart } from "./chartSpec";
import { LiveChart } from "./liveChart";
import { windowText } from "./windowText";
import { type ChartKind, type ChartWindow, askedFor, spanOf, windowKey } from "./chartWindow";
import { useDragZoom } from "./useDragZoom";
import { Throttle } from "@/lib/throttle";
import { isLocale } from "@/i18n/locale";

interface Props {
  sensor: Sensor;
  window: ChartWindow;
  kind: ChartKind;
  /** The picture stands still. */
  paused: boolean;
  onZoom: (start: number, end: number) => void;
  onReset: () => void;
}

/** Readings come up to 10 times a second; the picture moves this often at most. */
const STREAM_MS = 500;
/** For who asked their system for less motion. */
const CALM_STREAM_MS = 5_000;
/** Live rows are not thinned: from this many on, the server's next chart takes their place. */
const MOST_ROWS = 4_000;

/** How often a chart is worth fetching again: some of its pixels, and never more than 4 times a minute. */
function refetchMs(window: ChartWindow): number {
  return Math.max(15_000, Math.min(600_000, spanOf(window) / 4_000));
}

export default function SensorChart({ sensor, window: shown, kind, paused, onZoom, onReset }: Props) {
  const { t, i18n } = useTranslation();
  const theme = useComputedColorScheme("light", { getInitialValueInEffect: false });
  const calm = useReducedMotion();
  const queries = useQueryClient();
  const feed = useSensorFeed(sensor.id);
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<LiveChart | null>(null);
  const [drawError, setDrawError] = useState<unknown>(null);
  const [drawn, setDrawn] = useState(false);
  const locale = isLocale(i18n.language) ? i18n.language : "en";
  const name = windowKey(shown);
  const asked = askedFor(shown);
  // Of the ranges only the shortest is fed by the readings themselves.
  const streams = kind === "trend" && shown.kind === "moving" && shown.range === "1h";
  const zoom = useDragZoom({
    timeAt: (clientX) => chart.current?.timeAt(clientX) ?? null,
    onZoom,
    onReset,
  });

  const query = useQuery({
    queryKey: [...keys.charts(sensor.id, name), asked, kind, theme, locale, streams],
    queryFn: async ({ signal }) => {
      const path = { sensor_id: sensor.id };
      // Vega knows the reader's zone for an axis of time; days and hours of the day are counted by the server.
      const tz = kind === "trend" ? {} : { tz: Intl.DateTimeFormat().resolvedOptions().timeZone };
      const look = { kind, theme, locale, width: chartWidth(), ...tz };
      const options = { params: { path, query: { ...asked, ...look } }, signal };
      const spec = await request(api.GET("/api/sensors/{sensor_id}/chart", options));
      return { spec: spec as unknown as ChartSpec, live: streams };
    },
    // A chart kept from before would jump when its successor comes.
    staleTime: 0,
    gcTime: 60_000,
    placeholderData: keepPreviousData,
  });
  const { data, refetch } = query;
  const every = refetchMs(shown);
  const refresh = useMemo(
    () =>
      new Throttle(() => {
        void queries.invalidateQueries({ queryKey: keys.charts(sensor.id, name) });
      }, every),
    [queries, sensor.id, name, every],
  );
  useEffect(() => refresh.cancel, [refresh]);
  useReconnected(() => void refetch());
  useServerEvent("chart_updated", (change) => {
    if (change.sensor_id !== sensor.id || paused) return;
    // What is late changes the past of a chart that is fed by the readings.
    const late = change.start < Date.now() - 2 * 60_000;
    const inside = shown.kind === "moving" || (change.start < shown.end && change.end > shown.start);
    if (inside && (!streams || late)) refresh.call();
  });
  const pausedBefore = useRef(paused);
  useEffect(() => {
    if (pausedBefore.current && !paused) void refetch();
    pausedBefore.current = paused;
  }, [paused, refetch]);

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
    if (!streams || paused) return;
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
  }, [feed, sensor.id, streams, paused, calm, refresh]);

  const error = query.error ?? drawError;
  if (error && !drawn)
    return <ErrorState error={error} onRetry={() => void refetch()} title={t("sensors.chartFailed")} />;
  return (
    <div className={styles.frame} aria-busy={query.isFetching}>
      {!drawn && <Skeleton className={styles.skeleton} radius="md" />}
      {/* Vega puts a label of its own on the element that it draws in. */}
      <div
        className={styles.zoomable}
        role="img"
        aria-label={t("sensors.chartLabel", {
          name: sensor.name,
          range: windowText(shown, i18n.language, t),
        })}
        {...zoom.handlers}
      >
        <div ref={place} className={styles.chart} data-drawn={drawn} data-window={name} />
        {zoom.selection && <div className={styles.selection} style={zoom.selection} aria-hidden />}
      </div>
      <p className={styles.hints}>
        {streams && !paused && <span>{t("sensors.liveHint")}</span>}{" "}
        {kind === "trend" && <span className={styles.zoom}>{t("sensors.zoomHint")}</span>}
      </p>
    </div>
  );
}
