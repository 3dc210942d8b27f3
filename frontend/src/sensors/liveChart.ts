/** A Vega view that is kept and fed, never drawn anew while only its data change. Loaded with the chart engine, on demand. */
import { Error, type View, changeset } from "vega";
import embed, { type Result, type VisualizationSpec } from "vega-embed";
import type { ReadingPair } from "@/realtime/events";
import { type ChartRow, type PreparedChart, RANGE, drawable, liveRows } from "./chartSpec";

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
    this.chart = chart;
    this.rows = { ...chart.datasets };
    for (const [name, rows] of Object.entries(chart.datasets)) {
      this.view.change(
        name,
        changeset()
          .remove(() => true)
          .insert(rows),
      );
    }
    if (chart.range) this.moveTo(chart.range[1]);
    await this.run();
  }

  /**
   * Adds a sensor's new readings at the right edge and lets what is too old leave on the left. Returns how many rows are
   * drawn: they are not thinned here, so somebody has to have a thinner chart made at some point.
   */
  append(sensorId: string, readings: readonly ReadingPair[]): number {
    const series = this.chart.series.find((each) => each.sensor_id === sensorId);
    const { range } = this.chart;
    if (!series || !range) return 0;
    const known = this.rows[series.dataset] ?? [];
    const added = liveRows(known, readings, series.label);
    const newest = added.at(-1)?.t;
    if (newest === undefined) return known.length;
    this.moveTo(Math.max(this.shownTo, newest));
    const from = this.shownTo - (range[1] - range[0]);
    // One point beyond the edge stays, so that the line leaves the picture instead of ending inside it.
    const firstInside = known.findIndex((row) => row.t >= from);
    const keepFrom = known[firstInside - 1]?.t ?? -Infinity;
    this.rows[series.dataset] = [...known.filter((row) => row.t >= keepFrom), ...added];
    this.view.change(
      series.dataset,
      changeset()
        .remove((row: ChartRow) => row.t < keepFrom)
        .insert(added),
    );
    void this.run();
    return this.rows[series.dataset]?.length ?? 0;
  }

  destroy(): void {
    this.result.finalize();
  }

  private get view(): View {
    return this.result.view;
  }

  private moveTo(end: number): void {
    const { range } = this.chart;
    if (!range) return;
    this.shownTo = end;
    this.view.signal(RANGE[0], end - (range[1] - range[0])).signal(RANGE[1], end);
  }

  private run(): Promise<unknown> {
    this.running = this.running.then(() => this.view.runAsync());
    return this.running;
  }
}
