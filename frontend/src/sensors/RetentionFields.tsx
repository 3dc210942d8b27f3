import { Input, NumberInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Sensor } from "@/api/types";
import styles from "./RetentionFields.module.css";
import { type RetentionDraft, errorOf, retentionFields } from "./retention";

const MAX_DAYS = 36_500;

interface Props {
  sensor: Sensor;
  draft: RetentionDraft;
  fields: Readonly<Record<string, string>>;
  onChange: (draft: RetentionDraft) => void;
}

/** For how many days a sensor's readings and what is made of them are kept. */
export function RetentionFields({ sensor, draft, fields, onChange }: Props) {
  const { t } = useTranslation();
  const together = errorOf(fields, null);
  return (
    <fieldset className={styles.set} aria-invalid={together ? true : undefined}>
      <legend>{t("retention.title")}</legend>
      <Input.Description>{t("retention.hint")}</Input.Description>
      <div className={styles.grid}>
        {retentionFields.map((field) => {
          const usual = sensor.retention_default[field];
          return (
            <NumberInput
              key={field}
              label={t(`retention.${field}`)}
              placeholder={usual === 0 ? t("retention.usualForEver") : t("retention.usual", { count: usual })}
              min={0}
              max={MAX_DAYS}
              allowDecimal={false}
              allowNegative={false}
              value={draft[field]}
              error={errorOf(fields, field)}
              onChange={(value) => {
                onChange({ ...draft, [field]: value === "" ? "" : Number(value) });
              }}
            />
          );
        })}
      </div>
      {together && (
        <Input.Error role="alert" mt="xs">
          {together}
        </Input.Error>
      )}
    </fieldset>
  );
}
