// @vitest-environment jsdom
import { renderHook } from "@testing-library/react";
import { beforeAll, expect, it } from "vitest";
import { startI18n } from "@/i18n";
import { alice, bob, message } from "@/test/things";
import { usePreview } from "./usePreview";

beforeAll(startI18n);

const chart = { sensor_id: "s", name: "Vents", unit: "°C", start_ms: 0, end_ms: 1, points: [] };

it.each([
  [{ body: "**Bold** and `code`\n- a [link](https://example.org)" }, "Bold and code a link"],
  [{ body: "hello", author: alice }, "You: hello"],
  [{ body: "waters", style: "action" as const }, "Bob waters"],
  [{ kind: "chart" as const, body: "Vents, last day", chart }, "A chart of Vents"],
  [{ kind: "alert" as const, body: "Vents is above 30" }, "An alert"],
  [{ body: "", deleted: true }, "This message was deleted."],
])("shows %j as %j", (fields, text) => {
  const { result } = renderHook(() => usePreview());
  expect(result.current(message({ seq: 1, author: bob, nickname: "Bob", ...fields }), alice.id)).toBe(text);
});
