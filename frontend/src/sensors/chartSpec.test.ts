import { describe, expect, it } from "vitest";
import { type ChartSpec, drawable, prepareChart, shownFrom, valueSignals } from "./chartSpec";

const look = { ink: "#111", muted: "#555", line: "#ddd", font: "Field Sans", height: 300 };

function spec(rows: ChartSpec["datasets"][string], range: number[] = [1000, 4000]): ChartSpec {
  const scale = { domainMin: { expr: "x_start" }, domainMax: { expr: "x_end" }, type: "time" };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: { text: "CPU" },
    data: { name: "left" },
    mark: "line",
    encoding: { x: { field: "t", type: "temporal", scale }, y: { field: "v", type: "quantitative" } },
    params: [
      { name: "zoom", select: "interval" },
      { name: "hover", select: "point" },
      ...range.map((value, index) => ({ name: ["x_start", "x_end"][index], value })),
    ],
    config: { axis: { labelFontSize: 11 }, background: "#fff" },
    datasets: { left: rows },
    usermeta: { series: [{ sensor_id: "s1", label: "CPU", dataset: "left" }] },
  };
}

describe("a chart from the server", () => {
  const prepared = prepareChart(spec([{ t: 1000, s: "CPU", v: 1 }]), look);

  it("is drawn with its rows, its range and its other parameters, but for a zoom of its own", () => {
    expect(drawable(prepared)).toMatchObject({
      width: "container",
      datasets: { left: [{ t: 1000, s: "CPU", v: 1 }] },
      params: [{ name: "hover" }, { name: "x_start", value: 1000 }, { name: "x_end", value: 4000 }],
    });
  });

  it("keeps its shape while only data and range differ, so that it need not be drawn anew", () => {
    const later = prepareChart(spec([{ t: 5000, s: "CPU", v: 7 }], [2000, 5000]), look);
    expect(later.shape).toEqual(prepared.shape);
    expect([later.range, later.datasets]).not.toEqual([prepared.range, prepared.datasets]);
  });

  it("takes the colours of the page, and keeps what else the server configured", () => {
    expect(prepared.shape.config).toMatchObject({
      background: "transparent",
      font: "Field Sans",
      axis: { labelFontSize: 11, labelColor: "#555" },
    });
  });

  it("stays still where its range is not given by parameters", () => {
    expect(prepareChart(spec([], []), look).range).toBeNull();
  });
});

describe("the axis of values", () => {
  const moving = spec([{ t: 1000, s: "CPU", v: 3.3 }]);
  const params = [
    ...(moving.params as unknown[]),
    { name: "left_low", value: 0 },
    { name: "left_high", value: 9 },
  ];
  const prepared = prepareChart({ ...moving, params }, look);

  it("is no part of the shape, so that it can follow the readings", () => {
    expect(prepared.shape.params).toMatchObject([{ name: "hover" }]);
    const drawn = drawable(prepared).params as { name: string; value: number }[];
    expect(drawn.map(({ name }) => name)).toEqual(["hover", "x_start", "x_end", "left_low", "left_high"]);
    expect(drawn.at(-1)?.value).toBeCloseTo(3.5);
  });

  it("shows new readings, their band, and the thresholds", () => {
    const left = [{ t: 1, s: "CPU", v: 3, lo: 1, hi: 4 }];
    const limits = [{ v: 7, l: "> 7" }] as unknown as typeof left;
    expect(valueSignals(prepared, { left })).toEqual({ left_low: 1, left_high: 4 });
    expect(valueSignals(prepared, { left, limits })).toEqual({ left_low: 1, left_high: 7 });
  });

  it("is left alone where the chart has none of its own", () => {
    expect(valueSignals(prepareChart(moving, look), { left: [] })).toEqual({});
  });
});

describe("where a chart begins", () => {
  const hour = (rows: ChartSpec["datasets"][string], live = true) =>
    prepareChart(spec(rows, [0, 12_000]), look, live);
  const rowsFrom = (t: number) => [{ t, s: "CPU", v: 1 }];
  const from = (rows: ChartSpec["datasets"][string], live?: boolean) =>
    shownFrom(hour(rows, live), { left: rows }, 12_000);

  it("is the begin of its range once there are data for all of it", () => {
    expect(from(rowsFrom(-5))).toBe(0);
  });

  it("is where a new sensor's data begin", () => {
    expect(from(rowsFrom(7_000))).toBe(7_000);
  });

  it("leaves a twelfth of the range at least, for a sensor that begins only now", () => {
    expect(from(rowsFrom(11_990))).toBe(11_000);
    expect(from([])).toBe(11_000);
  });

  it("is the begin of its range where nobody asked otherwise", () => {
    expect(from(rowsFrom(7_000), false)).toBe(0);
  });
});
