/**
 * What the page changes about a chart that the server made, and what it reads out of it. A specification is Vega-Lite JSON
 * with named datasets of rows {t: ms, s: label, v: value, lo?, hi?}, the shown range in the parameters x_start and x_end
 * (ms), what the axes of values show in left_low, left_high, right_low and right_high, and usermeta.series, which says which
 * sensor is which.
 */
import { valueRange } from "./valueAxis";

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

/** The parameters, and Vega signals, that hold the shown range: a chart moves by them without being made anew. */
export const RANGE = ["x_start", "x_end"] as const;

export interface PreparedChart {
  /** All but the rows and the range: equal for as long as only the data differ. */
  shape: Record<string, unknown>;
  datasets: Record<string, ChartRow[]>;
  /** [from, to] in ms; null where the chart cannot move. */
  range: [number, number] | null;
  /** Fed with readings as they come. While there are no data yet for all of its range, it shows less: see shownFrom. */
  live: boolean;
  series: ChartSeries[];
  /** The datasets whose axis of values moves with them. */
  axes: readonly Axis[];
}

const AXES = ["left", "right"] as const;
type Axis = (typeof AXES)[number];
/** The thresholds of a sensor's alert rules, beside the axis on the left. */
const LIMITS = "limits";

interface Look {
  ink: string;
  muted: string;
  line: string;
  font: string;
  height: number;
}

/** A specification made ready for this page: as wide as its place and in the page's colours. */
export function prepareChart(spec: ChartSpec, look: Look, live = false): PreparedChart {
  const { datasets, usermeta, ...rest } = spec;
  const config = isRecord(rest.config) ? rest.config : {};
  const params = Array.isArray(rest.params) ? rest.params.filter(isRecord) : [];
  const [from, to] = RANGE.map((name) => params.find((param) => param.name === name)?.value);
  return {
    shape: {
      ...rest,
      // The page's own heading says what this is; only "no data" has to be said in the chart.
      title:
        isRecord(rest.title) && rest.title.subtitle ? { text: "", subtitle: rest.title.subtitle } : undefined,
      width: "container",
      height: look.height,
      // Labels of other data may be wider: the plot makes way for them.
      autosize: { type: "fit-x", contains: "padding", resize: true },
      config: { ...config, ...configOf(config, look) },
      params: params.filter((param) => !isMoving(param) && param.name !== OWN_ZOOM),
    },
    axes: AXES.filter((axis) => params.some((param) => param.name === `${axis}_low`)),
    datasets,
    live,
    range: typeof from === "number" && typeof to === "number" ? [from, to] : null,
    series: usermeta?.series ?? [],
  };
}

/** A prepared chart as Vega-Lite draws it. */
export function drawable(chart: PreparedChart): Record<string, unknown> {
  const { shape, datasets, range } = chart;
  const params = Array.isArray(shape.params) ? (shape.params as unknown[]) : [];
  const shown = range && [shownFrom(chart, datasets, range[1]), range[1]];
  const moving = shown ? RANGE.map((name, index) => ({ name, value: shown[index] })) : [];
  const values = Object.entries(valueSignals(chart, datasets)).map(([name, value]) => ({ name, value }));
  return { ...shape, datasets, params: [...params, ...moving, ...values] };
}

/** What the axes of values have to show of these rows, by the names of the parameters that say so. */
export function valueSignals(
  { axes }: PreparedChart,
  datasets: Record<string, ChartRow[]>,
): Record<string, number> {
  const signals: Record<string, number> = {};
  for (const axis of axes) {
    const rows = [...(datasets[axis] ?? []), ...(axis === "left" ? (datasets[LIMITS] ?? []) : [])];
    const values = rows.flatMap(({ v, lo, hi }) => [v, lo, hi]);
    const [low, high] = valueRange(values.filter((value) => typeof value === "number"));
    signals[`${axis}_low`] = low;
    signals[`${axis}_high`] = high;
  }
  return signals;
}

/** The least part of its range that a chart shows. */
const LEAST_SHOWN = 1 / 12;

/** Where a chart of these rows that ends at `end` begins: its whole range before, or where a new sensor's data begin. */
export function shownFrom(
  { range, live }: PreparedChart,
  datasets: Record<string, ChartRow[]>,
  end: number,
): number {
  const [from, to] = range ?? [end, end];
  const whole = end - (to - from);
  if (!live) return whole;
  const firsts = Object.values(datasets).map((rows) => rows[0]?.t ?? Infinity);
  return Math.max(whole, Math.min(end - (to - from) * LEAST_SHOWN, ...firsts));
}

/** The chart can zoom by itself; on the page a zoom is another window, with data of its own and in the URL. */
const OWN_ZOOM = "zoom";

/** Whether it is one of the parameters that change with the data. */
function isMoving({ name }: Record<string, unknown>): boolean {
  return [...RANGE, ...AXES.flatMap((axis) => [`${axis}_low`, `${axis}_high`])].some((each) => each === name);
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

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
