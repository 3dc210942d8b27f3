/** A Vega view that is kept and fed, never drawn anew while only its data change. Loaded with the chart engine, on demand. */
import { Error, type View, changeset } from "vega";
import embed, { type Result } from "vega-embed";
import type { ReadingPair } from "@/realtime/events";
import { type ChartRow, type PreparedChart, RANGE, drawable, shownFrom, valueSignals } from "./chartSpec";
import { liveRows, mendedBreaks } from "./liveRows";

export class LiveChart {
  private rows: Record<string, ChartRow[]> = {};
  private shownTo = 0;
  private running: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly result: Result,
    private chart: PreparedChart,
  ) {
    this.rows = { ...chart.datasets };
    this.shownTo = chart.range?.[1] ?? 0;
  }

  /** Draws a chart into an element. */
  static async draw(element: HTMLElement, chart: PreparedChart): Promise<LiveChart> {
    const result = await embed(element, drawable(chart), {
      actions: false,
      renderer: "svg",
      logLevel: Error,
      // Expressions are interpreted: the page's Content-Security-Policy allows no eval.
      ast: true,
      tooltip: { theme: "custom", id: "fr-chart-tooltip" },
    });
    return new LiveChart(result, chart);
  }

  /** Whether `chart` differs from what is drawn in nothing but its data. */
  fits(chart: PreparedChart): boolean {
    return JSON.stringify(chart.shape) === JSON.stringify(this.chart.shape);
  }

  /** Puts other data in place of all that is shown. */
  async replace(chart: PreparedChart): Promise<void> {
    const before = spanOf(this.chart) === spanOf(chart) ? this.rows : {};
    this.chart = chart;
    this.rows = {};
    for (const [name, fetched] of Object.entries(chart.datasets)) {
      // What came live since the chart was made on the server is not taken back.
      const newest = fetched.at(-1)?.t ?? -Infinity;
      const rows = [...fetched, ...(before[name] ?? []).filter((row) => row.t > newest)];
      this.rows[name] = rows;
      this.view.change(
        name,
        changeset()
          .remove(() => true)
          .insert(rows),
      );
    }
    this.moveTo(Math.max(chart.range?.[1] ?? 0, newestOf(this.rows)));
    await this.run();
  }

  /**
   * Adds a sensor's new readings at the right edge and lets what is too old leave on the left. Returns how many rows are
   * drawn: they are not thinned here, so somebody has to have a thinner chart made at some point.
   */
  append(sensorId: string, readings: readonly ReadingPair[]): number {
    const series = this.chart.series.find((each) => each.sensor_id === sensorId);
    if (!series || !this.chart.range || !this.chart.live) return 0;
    const known = this.rows[series.dataset] ?? [];
    // Of a sensor that was silent the feed begins with its last readings, however old they are.
    const since = this.shownTo - spanOf(this.chart);
    const recent = readings.filter(([ts]) => ts >= since);
    const added = liveRows(known, recent, series.label);
    const newest = added.at(-1)?.t;
    if (newest === undefined) return known.length;
    const to = Math.max(this.shownTo, newest);
    const from = to - spanOf(this.chart);
    // One point beyond the edge stays, so that the line leaves the picture instead of ending inside it.
    const firstInside = known.findIndex((row) => row.t >= from);
    const keepFrom = known[firstInside - 1]?.t ?? -Infinity;
    const all = [...known, ...added];
    const fetchedTo = this.chart.datasets[series.dataset]?.at(-1)?.t ?? -Infinity;
    const mended = mendedBreaks(all, series.label, fetchedTo);
    const isOver = (row: ChartRow) =>
      row.t < keepFrom || (row.v === null && row.s === series.label && mended.has(row.t));
    this.rows[series.dataset] = all.filter((row) => !isOver(row));
    this.view.change(
      series.dataset,
      changeset()
        .remove(isOver)
        .insert(added.filter((row) => !isOver(row))),
    );
    this.moveTo(to);
    void this.run();
    return this.rows[series.dataset]?.length ?? 0;
  }

  /** The time at a place of the page, kept within the plot; null for a chart without an axis of time. */
  timeAt(clientX: number): number | null {
    const picture = this.view.container()?.querySelector("svg");
    if (!picture || !this.chart.range) return null;
    const { left } = picture.getBoundingClientRect();
    const padding = this.view.padding();
    const inset = typeof padding === "number" ? padding : (padding.left ?? 0);
    const x = clientX - left - inset - this.view.origin()[0];
    const scale = this.view.scale("x") as { invert?: (x: number) => Date | number };
    const time = scale.invert?.(Math.max(0, Math.min(this.view.width(), x)));
    return time === undefined ? null : Number(time);
  }

  destroy(): void {
    this.result.finalize();
  }

  private get view(): View {
    return this.result.view;
  }

  private moveTo(end: number): void {
    const values = valueSignals(this.chart, this.rows);
    for (const [name, value] of Object.entries(values)) this.view.signal(name, value);
    if (!this.chart.range) return;
    this.shownTo = end;
    this.view.signal(RANGE[0], shownFrom(this.chart, this.rows, end)).signal(RANGE[1], end);
  }

  private run(): Promise<unknown> {
    this.running = this.running.then(() => this.view.runAsync());
    return this.running;
  }
}

function spanOf({ range }: PreparedChart): number {
  return range ? range[1] - range[0] : 0;
}

function newestOf(datasets: Record<string, ChartRow[]>): number {
  return Math.max(0, ...Object.values(datasets).map((rows) => rows.at(-1)?.t ?? 0));
}
