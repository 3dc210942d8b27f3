import { expect, it } from "vitest";
import { SENSOR_ID, curlMetrics, curlReadings, prometheus, telegraf } from "./snippets";

const place = { origin: "https://field.example.org:8443", deviceId: "d", sensorId: null };

it("a snippet speaks to the server that it was copied from", () => {
  expect(curlMetrics(place)).toContain("https://field.example.org:8443/api/sensors/metrics");
  expect(telegraf(place)).toContain('urls = ["https://field.example.org:8443/api"]');
});

it("Prometheus is told scheme and host apart", () => {
  expect(prometheus(place)).toContain("scheme: https\n");
  expect(prometheus(place)).toContain('targets: ["field.example.org:8443"]');
});

it("a device's own sensor is named where it has one", () => {
  expect(curlReadings(place)).toContain(SENSOR_ID);
  expect(curlReadings({ ...place, sensorId: "abc" })).toContain("/api/sensors/abc/readings");
});
