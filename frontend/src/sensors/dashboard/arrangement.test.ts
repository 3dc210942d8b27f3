import { describe, expect, it } from "vitest";
import type { Sensor } from "@/api/types";
import { arrange, choicesOf, matches, moved, tilesOf } from "./arrangement";

function sensor(id: string, more: Partial<Sensor> = {}): Sensor {
  return {
    id,
    device_id: "d",
    key: id,
    name: id,
    unit: "°C",
    kind: "temperature",
    visibility: "public",
    labels: [],
    location: "",
    device_location: "",
    online: true,
    last: null,
    retention: { raw_days: 30, minute_days: 0, hour_days: 0, day_days: 0 },
    retention_own: { raw_days: 30, minute_days: null, hour_days: null, day_days: null },
    retention_default: { raw_days: 0, minute_days: 0, hour_days: 0, day_days: 0 },
    created_at: "2026-11-20T00:00:00.000Z",
    ...more,
  };
}

const tile = (sensor_id: string, more = {}) => ({ sensor_id, size: "m" as const, hidden: false, ...more });

describe("arranged tiles", () => {
  const sensors = ["a", "b", "c"].map((id) => sensor(id));

  it("come in the order that was chosen, and new sensors after them", () => {
    const placed = arrange(sensors, [tile("c", { size: "l" }), tile("a", { hidden: true })]);
    expect(placed.map((each) => [each.sensor.id, each.size, each.hidden])).toEqual([
      ["c", "l", false],
      ["a", "m", true],
      ["b", "m", false],
    ]);
  });

  it("are stored as they are shown, without sensors that are gone", () => {
    expect(tilesOf(arrange(sensors, [tile("gone"), tile("b", { size: "s" })]))).toEqual([
      tile("b", { size: "s" }),
      tile("a"),
      tile("c"),
    ]);
  });

  it("are no more than the server keeps", () => {
    const many = Array.from({ length: 230 }, (_, index) => sensor(String(index)));
    expect(tilesOf(arrange(many, []))).toHaveLength(200);
  });
});

describe("moving a tile", () => {
  it.each([
    [0, 2, "bca"],
    [2, 0, "cab"],
    [1, 1, "abc"],
    [0, 99, "bca"],
    [2, -1, "cab"],
    [7, 0, "abc"],
  ])("from %i to %i gives %s", (from, to, expected) => {
    expect(moved(["a", "b", "c"], from, to).join("")).toBe(expected);
  });
});

describe("filtering", () => {
  const air = sensor("air", { name: "Air", labels: ["climate"], location: "温室", device_location: "Shed" });
  const none = { text: "", label: null, location: null };

  it.each([
    [none, true],
    [{ ...none, text: " AIR " }, true],
    [{ ...none, text: "clim" }, true],
    [{ ...none, text: "温" }, true],
    [{ ...none, text: "soil" }, false],
    [{ ...none, label: "climate" }, true],
    [{ ...none, label: "clim" }, false],
    [{ ...none, location: "温室" }, true],
    [{ ...none, location: "Shed" }, false],
  ])("by %j", (filter, found) => {
    expect(matches(air, filter)).toBe(found);
  });

  it("offers what there is, each once and in order", () => {
    const others = [
      sensor("x", { labels: ["b", "a"], device_location: "Bay 10" }),
      sensor("y", { location: "Bay 9" }),
    ];
    expect(choicesOf([air, ...others, air], "en")).toEqual({
      labels: ["a", "b", "climate"],
      locations: ["Bay 9", "Bay 10", "温室"],
    });
  });
});
