import { useTranslation } from "react-i18next";
import type { AlertRule, AlertSnapshot, SensorAlert } from "@/api/types";
import { useDurationText } from "@/rooms/settings/useDurationText";
import { formatValue } from "@/sensors/readings";
import { conditionKind } from "./ruleDraft";
import { momentText, roughly } from "./times";

type Condition = Pick<AlertRule, "when" | "threshold" | "for_seconds" | "window_seconds">;
type Course = Pick<
  SensorAlert | AlertSnapshot,
  "when" | "unit" | "peak" | "started_at" | "resolved_at" | "ended_by"
>;

/** Says rules and alerts in the reader's language. */
export function useAlertWords() {
  const { t, i18n } = useTranslation();
  const durationText = useDurationText();

  const quantity = (value: number, unit: string, when: AlertRule["when"]) => {
    const plain = `${formatValue(value, i18n.language)}${unit && ` ${unit}`}`;
    return when === "rate" ? t("alerts.aMinute", { quantity: plain }) : plain;
  };

  /** "Above 30 °C for 5 minutes or more". */
  const condition = (rule: Condition, unit: string) => {
    const kind = conditionKind(rule);
    if (kind === "silent") return t("alerts.conditions.silent", { time: durationText(rule.for_seconds) });
    const rate = kind === "rising" || kind === "falling";
    const threshold = rule.threshold ?? 0;
    const said = t(`alerts.conditions.${kind}`, {
      limit: quantity(rate ? Math.abs(threshold) : threshold, unit, rule.when),
      ...(rate && { window: durationText(rule.window_seconds) }),
    });
    if (rule.for_seconds === 0) return said;
    return t("alerts.held", { condition: said, time: durationText(rule.for_seconds) });
  };

  /** "Resolved after 4 minutes, at worst 31 °C". */
  const outcome = (alert: Course) => {
    const lasted = (Date.parse(alert.resolved_at ?? "") - Date.parse(alert.started_at)) / 1000;
    const time = durationText(roughly(lasted));
    if (alert.ended_by === "rule_changed") return t("alerts.ended.rule_changed", { time });
    if (alert.ended_by === "rule_deleted") return t("alerts.ended.rule_deleted", { time });
    if (alert.ended_by === "sensor_deleted") return t("alerts.ended.sensor_deleted", { time });
    if (alert.when === "silent" || alert.peak === null) return t("alerts.ended.readings", { time });
    return t("alerts.ended.worst", { time, worst: quantity(alert.peak, alert.unit, alert.when) });
  };

  const moment = (at: string | Date) => momentText(new Date(at), new Date(), i18n.language);

  return { quantity, condition, outcome, moment, durationText };
}
