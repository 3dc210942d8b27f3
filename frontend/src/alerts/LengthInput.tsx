import { Input, NumberInput, Select } from "@mantine/core";
import { type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { durationOf } from "@/rooms/settings/change";
import styles from "./Alerts.module.css";
import { SECONDS, type TimeUnit, timeUnits } from "./times";

interface Props {
  label: string;
  description?: ReactNode;
  error?: ReactNode;
  /** In seconds, when it appears. */
  value: number;
  onChange: (seconds: number) => void;
}

/** A length of time: a number and its unit. */
export function LengthInput({ label, description, error, value, onChange }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const [unit, setUnit] = useState<TimeUnit>(() => (value === 0 ? "minutes" : durationOf(value).unit));
  // As it is typed, so that "1." may become "1.5".
  const [typed, setTyped] = useState<number | string>(value / SECONDS[unit]);
  const say = (count: number, inUnit: TimeUnit) => {
    onChange(Math.round(count * SECONDS[inUnit]));
  };
  return (
    <Input.Wrapper id={id} label={label} description={description} error={error}>
      <div className={styles.length}>
        <NumberInput
          id={id}
          min={0}
          decimalScale={unit === "seconds" ? 0 : 2}
          error={Boolean(error)}
          value={typed}
          onChange={(count) => {
            setTyped(count);
            say(Number(count) || 0, unit);
          }}
        />
        <Select
          aria-label={t("alerts.form.unitOf", { label })}
          allowDeselect={false}
          data={timeUnits.map((each) => ({ value: each, label: t(`alerts.units.${each}`) }))}
          value={unit}
          onChange={(chosen) => {
            const next = timeUnits.find((each) => each === chosen) ?? unit;
            say(Number(typed) || 0, next);
            setUnit(next);
          }}
        />
      </div>
    </Input.Wrapper>
  );
}
