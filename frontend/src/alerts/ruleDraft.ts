/** A rule as its form holds it, and as the server takes it. Pure functions. */
import type { AlertRule } from "@/api/types";
import type { RuleBody } from "./queries";

/** The server knows a rate with a sign; people know rising and falling. */
export const conditions = ["above", "below", "rising", "falling", "silent"] as const;
export type ConditionKind = (typeof conditions)[number];

export interface RuleDraft {
  when: ConditionKind;
  /** In the sensor's unit, of a rate the change a minute without its sign. Text while it is being typed, such as "-". */
  threshold: number | string;
  forSeconds: number;
  hysteresis: number | string;
  windowSeconds: number;
  roomId: string | null;
  name: string;
  severity: AlertRule["severity"];
  mail: boolean;
}

/** How long a sensor is silent before that is worth a word, unless somebody says otherwise. */
const SILENT_SECONDS = 300;

export function conditionKind({ when, threshold }: Pick<AlertRule, "when" | "threshold">): ConditionKind {
  if (when !== "rate") return when;
  return (threshold ?? 0) < 0 ? "falling" : "rising";
}

export function newDraft(roomId: string | null): RuleDraft {
  return {
    when: "above",
    threshold: "",
    forSeconds: 0,
    hysteresis: "",
    windowSeconds: 300,
    roomId,
    name: "",
    severity: "warning",
    mail: false,
  };
}

export function draftOf(rule: AlertRule): RuleDraft {
  const rate = rule.when === "rate";
  return {
    when: conditionKind(rule),
    threshold: rule.threshold === null ? "" : rate ? Math.abs(rule.threshold) : rule.threshold,
    forSeconds: rule.for_seconds,
    hysteresis: rule.hysteresis === 0 ? "" : rule.hysteresis,
    windowSeconds: rule.window_seconds,
    roomId: rule.room_id,
    name: rule.name ?? "",
    severity: rule.severity,
    mail: rule.mail,
  };
}

/** The draft with another condition, and what that needs. */
export function withCondition(draft: RuleDraft, when: ConditionKind): RuleDraft {
  const forSeconds = when === "silent" && draft.forSeconds === 0 ? SILENT_SECONDS : draft.forSeconds;
  return { ...draft, when, forSeconds };
}

/** A number as it was typed; null where it is none. */
export function numberIn(typed: number | string): number | null {
  const number = typeof typed === "number" ? typed : Number.parseFloat(typed);
  return Number.isFinite(number) ? number : null;
}

export type Missing = "required" | "positive";

/** What is missing or impossible, by the field's name on the wire. */
export function missingIn({
  when,
  threshold: typed,
  forSeconds,
  roomId,
}: RuleDraft): Record<string, Missing> {
  const threshold = numberIn(typed);
  const missing: Record<string, Missing> = {};
  if (when === "silent") {
    if (forSeconds < 1) missing.for_seconds = "positive";
  } else if (threshold === null) missing.threshold = "required";
  else if ((when === "rising" || when === "falling") && threshold <= 0) missing.threshold = "positive";
  if (roomId === null) missing.room_id = "required";
  return missing;
}

export function bodyOf(draft: RuleDraft): RuleBody {
  const { when, threshold, hysteresis } = draft;
  const rate = when === "rising" || when === "falling";
  const silent = when === "silent";
  const size = silent ? null : numberIn(threshold);
  return {
    when: rate ? "rate" : when,
    threshold: size !== null && when === "falling" ? -size : size,
    for_seconds: draft.forSeconds,
    hysteresis: silent ? 0 : (numberIn(hysteresis) ?? 0),
    window_seconds: draft.windowSeconds,
    ...(draft.roomId !== null && { room_id: draft.roomId }),
    name: draft.name.trim() || null,
    severity: draft.severity,
    mail: draft.mail,
  };
}
