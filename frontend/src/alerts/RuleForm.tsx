import { Anchor, NumberInput, Select, Stack, Switch, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Failure } from "@/design/Failure";
import { FormButtons } from "@/design/FormButtons";
import { toApiError } from "@/api/errors";
import type { AlertRule, Sensor } from "@/api/types";
import { useErrorText } from "@/api/useErrorText";
import { useMe } from "@/auth/session";
import { useRooms } from "@/rooms/queries";
import styles from "./Alerts.module.css";
import { LengthInput } from "./LengthInput";
import { useSaveRule } from "./queries";
import {
  type Missing,
  type RuleDraft,
  bodyOf,
  conditions,
  draftOf,
  missingIn,
  newDraft,
  withCondition,
} from "./ruleDraft";

const MAX_NAME = 80;
const FIELDS = ["threshold", "for_seconds", "hysteresis", "window_seconds", "room_id", "name", "mail"];

interface Props {
  sensor: Sensor;
  /** The one to change; null: a new one. */
  rule: AlertRule | null;
  onClose: () => void;
}

/** When a sensor's readings are an alert, and who is told. */
export default function RuleForm({ sensor, rule, onClose }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const me = useMe();
  const save = useSaveRule(sensor.id);
  const places = usePlaces(sensor, rule);
  const [draft, setDraft] = useState<RuleDraft>(() => (rule ? draftOf(rule) : newDraft(null)));
  const [missing, setMissing] = useState<Record<string, Missing>>({});
  const failure = save.error && toApiError(save.error);
  const elsewhere =
    failure &&
    (Object.entries(failure.fields).find(([field]) => !FIELDS.includes(field))?.[1] ??
      (Object.keys(failure.fields).length === 0 ? errorText(failure) : null));
  const rate = draft.when === "rising" || draft.when === "falling";
  const silent = draft.when === "silent";
  const unit = rate ? t("alerts.aMinute", { quantity: sensor.unit }).trim() : sensor.unit;
  const inUnit = (label: string) => (unit ? t("alerts.form.inUnit", { label, unit }) : label);

  const change = (part: Partial<RuleDraft>) => {
    setMissing({});
    save.reset();
    setDraft((before) => ({ ...before, ...part }));
  };
  const wrong = (field: string) => {
    const lacks = missing[field];
    if (lacks) return lacks === "required" ? t("fields.required") : t("alerts.form.positive");
    return failure?.fields[field];
  };
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const lacking = missingIn(draft);
    // Its room may be one that whoever changes the rule is not in.
    if (rule && draft.roomId === null) delete lacking.room_id;
    setMissing(lacking);
    if (Object.keys(lacking).length > 0) return;
    save.mutate({ id: rule?.id ?? null, body: bodyOf(draft) }, { onSuccess: onClose });
  };

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Failure>{elsewhere}</Failure>
        <Select
          data-autofocus
          label={t("alerts.form.when")}
          allowDeselect={false}
          data={conditions.map((each) => ({ value: each, label: t(`alerts.when.${each}`) }))}
          value={draft.when}
          onChange={(chosen) => {
            change(withCondition(draft, conditions.find((each) => each === chosen) ?? draft.when));
          }}
        />
        {!silent && (
          <div className={styles.pair}>
            <NumberInput
              label={inUnit(t("alerts.form.threshold"))}
              required
              withAsterisk={false}
              value={draft.threshold}
              error={wrong("threshold")}
              onChange={(threshold) => {
                change({ threshold });
              }}
            />
            <NumberInput
              label={inUnit(t("alerts.form.hysteresis"))}
              description={!wrong("hysteresis") && t("alerts.form.hysteresisHint")}
              min={0}
              value={draft.hysteresis}
              error={wrong("hysteresis")}
              onChange={(hysteresis) => {
                change({ hysteresis });
              }}
            />
          </div>
        )}
        <div className={styles.pair}>
          <LengthInput
            key={silent ? "silent" : "held"}
            label={t(silent ? "alerts.form.silentFor" : "alerts.form.for")}
            description={!wrong("for_seconds") && !silent && t("alerts.form.forHint")}
            error={wrong("for_seconds")}
            value={draft.forSeconds}
            onChange={(forSeconds) => {
              change({ forSeconds });
            }}
          />
          {rate && (
            <LengthInput
              label={t("alerts.form.window")}
              description={!wrong("window_seconds") && t("alerts.form.windowHint")}
              error={wrong("window_seconds")}
              value={draft.windowSeconds}
              onChange={(windowSeconds) => {
                change({ windowSeconds });
              }}
            />
          )}
        </div>
        <div className={styles.pair}>
          <Select
            label={t("alerts.form.room")}
            description={!wrong("room_id") && sensor.visibility === "private" && t("alerts.form.privateOnly")}
            placeholder={t("alerts.form.chooseRoom")}
            nothingFoundMessage={t("alerts.form.noRooms")}
            allowDeselect={false}
            searchable
            data={places}
            value={draft.roomId}
            error={wrong("room_id")}
            onChange={(roomId) => {
              change({ roomId });
            }}
          />
          <Select
            label={t("alerts.form.severity")}
            allowDeselect={false}
            data={severities.map((each) => ({ value: each, label: t(`alerts.severities.${each}`) }))}
            value={draft.severity}
            onChange={(chosen) => {
              change({ severity: severities.find((each) => each === chosen) ?? draft.severity });
            }}
          />
        </div>
        <TextInput
          label={t("alerts.form.name")}
          description={!wrong("name") && t("alerts.form.nameHint")}
          maxLength={MAX_NAME}
          autoComplete="off"
          value={draft.name}
          error={wrong("name")}
          onChange={(event) => {
            change({ name: event.currentTarget.value });
          }}
        />
        <Switch
          label={t("alerts.form.mail")}
          description={
            me.email_verified ? (
              t("alerts.form.mailHint")
            ) : (
              <>
                {t("alerts.form.noMail")}{" "}
                <Anchor component={Link} to="/account" inherit>
                  {t("account.settings")}
                </Anchor>
              </>
            )
          }
          disabled={!me.email_verified && !draft.mail}
          checked={draft.mail}
          error={wrong("mail")}
          onChange={(event) => {
            change({ mail: event.currentTarget.checked });
          }}
        />
        <FormButtons
          action={t(rule ? "actions.save" : "alerts.form.create")}
          pending={save.isPending}
          onCancel={onClose}
        />
      </Stack>
    </form>
  );
}

const severities = ["info", "warning", "critical"] as const;

/** The rooms that may be told: one's own, and where only some may see the sensor none that everybody reads. */
function usePlaces(sensor: Sensor, rule: AlertRule | null): { value: string; label: string }[] {
  const { t } = useTranslation();
  const rooms = useRooms().data ?? [];
  const places = rooms
    .filter(({ membership, kind }) => membership && kind !== "direct")
    .filter(({ visibility }) => sensor.visibility === "public" || visibility === "private")
    .map(({ id, name }) => ({ value: id, label: name }));
  const current = rule?.room_id;
  if (current && places.every(({ value }) => value !== current))
    places.push({ value: current, label: t("alerts.otherRoom") });
  return places;
}
