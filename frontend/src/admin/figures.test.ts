import { expect, it } from "vitest";
import { secondsText, sizeText, tookSeconds } from "./figures";

it.each([
  [0, "0 byte"],
  [999, "999 byte"],
  [1_000, "1 kB"],
  [1_532_000, "1.5 MB"],
  [2_000_000_000_000_000, "2,000 TB"],
])("%i bytes read as %s", (bytes, text) => {
  expect(sizeText(bytes, "en")).toBe(text);
});

it("tells a short lag from none", () => {
  expect(secondsText(0.34, "en")).toBe("0.3 sec");
  expect(secondsText(75.6, "en")).toBe("76 sec");
});

it("knows how long a job took when it has ended", () => {
  expect(tookSeconds("2026-11-20T10:00:00.000Z", "2026-11-20T10:00:01.500Z")).toBe(1.5);
  expect(tookSeconds("2026-11-20T10:00:00.000Z", null)).toBeNull();
});
