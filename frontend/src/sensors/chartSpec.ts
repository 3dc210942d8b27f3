/**
 * What the page changes about a chart that the server made, and what it reads out of it. A specification is Vega-Lite JSON
 * with named datasets of rows {t: ms, s: label, v: value, lo?, hi?}; usermeta.series says which sensor is which.
 */
import type { ReadingPair } from "@/realtime/events";

export interface ChartRow {
  t: number;
  s: string;
  v: number | null;
  lo?: number | null;
  hi?: number | null;
  /** Between two breaks: drawn as a dot. */
  alone?: boolean;
}

export interface ChartSeries {
  sensor_id: string;
  label: string;
  dataset: string;
}

export type ChartSpec = Record<string, unknown> & {
  datasets: Record<string, ChartRow[]>;
  usermeta?: { series?: ChartSeries[] };
};

/** The Vega signal that holds the shown span of time, [from, to] in ms, so that a chart moves without being made anew. */
export const WINDOW = "fr_window";

export interface PreparedChart {
  /** Without rows: equal for as long as only the data differ. */
  shape: Record<string, unknown>;
  datasets: Record<string, ChartRow[]>;
  window: [number, number] | null;
  series: ChartSeries[];
}

interface Look {
  ink: string;
  muted: string;
  line: string;
  font: string;
  height: number;
}

/** A specification made ready for this page: as wide as its place, in the page's colours, its time axis movable. */
export function prepareChart(spec: ChartSpec, look: Look): PreparedChart {
  const { datasets, usermeta, ...rest } = spec;
  const found: { window: [number, number] | null } = { window: null };
  const shape = movable(rest, found) as Record<string, unknown>;
  const config = isRecord(rest.config) ? rest.config : {};
  return {
    shape: {
      ...shape,
      // The page's own heading says what this is; only "no data" has to be said in the chart.
      title:
        isRecord(rest.title) && rest.title.subtitle ? { text: "", subtitle: rest.title.subtitle } : undefined,
      width: "container",
      height: look.height,
      autosize: { type: "fit-x", contains: "padding" },
      config: { ...config, ...configOf(config, look) },
      params: [
        ...(Array.isArray(rest.params) ? (rest.params as unknown[]) : []),
        ...(found.window ? [{ name: WINDOW, value: [0, 1] }] : []),
      ],
      datasets: Object.fromEntries(Object.keys(datasets).map((name) => [name, []])),
    },
    datasets,
    window: found.window,
    series: usermeta?.series ?? [],
  };
}

function configOf(
  config: Record<string, unknown>,
  { ink, muted, line, font }: Look,
): Record<string, unknown> {
  const section = (name: string) => (isRecord(config[name]) ? config[name] : {});
  return {
    font,
    background: "transparent",
    padding: { left: 4, right: 8, top: 18, bottom: 4 },
    axis: {
      ...section("axis"),
      labelColor: muted,
      titleColor: muted,
      gridColor: line,
      domainColor: line,
      tickColor: line,
    },
    legend: { ...section("legend"), labelColor: ink },
  };
}

/** A copy in which every fixed domain of a time scale follows WINDOW. */
function movable(value: unknown, found: { window: [number, number] | null }): unknown {
  if (Array.isArray(value)) return value.map((item) => movable(item, found));
  if (!isRecord(value)) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, movable(inner, found)]));
  const { scale } = copy;
  if (copy.type === "temporal" && isRecord(scale) && isSpan(scale.domain)) {
    found.window = scale.domain;
    copy.scale = { ...scale, domain: { expr: WINDOW } };
  }
  return copy;
}

function isSpan(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((each) => typeof each === "number");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A silence of more than this many times the usual spacing is a gap in the line: the same rule as the server's. */
const GAP_FACTOR = 3;

/** New readings as rows to add behind `rows`, with a break before each that comes after a silence. */
export function liveRows(
  rows: readonly ChartRow[],
  readings: readonly ReadingPair[],
  label: string,
): ChartRow[] {
  const own = rows.filter((row) => row.s === label && row.v !== null);
  const banded = own.some((row) => row.lo !== undefined);
  const spacing = medianSpacing(own.map((row) => row.t));
  let last = own.at(-1)?.t ?? null;
  const added: ChartRow[] = [];
  for (const [ts, value] of readings) {
    if (last !== null && ts <= last) continue;
    if (last !== null && spacing > 0 && ts - last > GAP_FACTOR * spacing)
      added.push({ t: last + 1, s: label, v: null });
    added.push(banded ? { t: ts, s: label, v: value, lo: value, hi: value } : { t: ts, s: label, v: value });
    last = ts;
  }
  return added;
}

function medianSpacing(times: readonly number[]): number {
  const recent = times.slice(-101);
  const spacings = recent.slice(1).map((time, index) => time - (recent[index] ?? time));
  return spacings.sort((one, other) => one - other)[Math.floor(spacings.length / 2)] ?? 0;
}
