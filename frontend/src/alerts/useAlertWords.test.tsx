// @vitest-environment jsdom
import { renderHook } from "@testing-library/react";
import { beforeAll, describe, expect, it } from "vitest";
import type { AlertRule, SensorAlert } from "@/api/types";
import { showLocale, startI18n } from "@/i18n";
import { useAlertWords } from "./useAlertWords";

beforeAll(startI18n);

const words = async (locale: "en" | "zh-CN" = "en") => {
  await showLocale(locale);
  return renderHook(() => useAlertWords()).result.current;
};

const rule = (fields: Partial<AlertRule>) =>
  ({ when: "above", threshold: 30, for_seconds: 0, window_seconds: 300, ...fields }) as AlertRule;

const alert = (fields: Partial<SensorAlert>) =>
  ({
    when: "above",
    unit: "°C",
    peak: 31.25,
    started_at: "2026-11-20T09:00:00.000Z",
    resolved_at: "2026-11-20T09:04:00.000Z",
    ended_by: "readings",
    ...fields,
  }) as SensorAlert;

describe("the condition of a rule", () => {
  it.each<[Partial<AlertRule>, string]>([
    [{}, "Above 30 °C"],
    [{ when: "below", threshold: -4, for_seconds: 300 }, "Below -4 °C, for 5 minutes or more"],
    [{ when: "rate", threshold: 2 }, "Rises 2 °C a minute or faster, over 5 minutes"],
    [{ when: "rate", threshold: -0.5 }, "Falls 0.5 °C a minute or faster, over 5 minutes"],
    [{ when: "silent", threshold: null, for_seconds: 3600 }, "No reading for 1 hour"],
  ])("%j is “%s”", async (fields, said) => {
    expect((await words()).condition(rule(fields), "°C")).toBe(said);
  });

  it("is said in Chinese, and of a sensor without a unit", async () => {
    expect((await words("zh-CN")).condition(rule({ for_seconds: 60 }), "")).toBe("高于 30，持续 1 分钟以上");
  });
});

describe("how an alert ended", () => {
  it.each<[Partial<SensorAlert>, string]>([
    [{}, "Resolved after 4 minutes, at worst 31.25 °C"],
    [{ when: "rate", peak: -3 }, "Resolved after 4 minutes, at worst -3 °C a minute"],
    [{ when: "silent", peak: null }, "Resolved after 4 minutes"],
    [{ ended_by: "rule_deleted" }, "Ended after 4 minutes: the rule was deleted"],
  ])("%j is “%s”", async (fields, said) => {
    expect((await words()).outcome(alert(fields))).toBe(said);
  });
});
