import { Select, type SelectProps, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ImportResult } from "@/api/types";
import { timeZones } from "../timeZones";
import styles from "./Import.module.css";
import { chosenColumn, columnChoices, delimiterName, needsZone } from "./csvFile";
import type { ImportOptions } from "./sendFile";

const TIME_FORMATS = ["iso", "dmy", "mdy", "epoch_s", "epoch_ms", "epoch_us", "epoch_ns", "excel"] as const;
const ENCODINGS = ["utf-8", "utf-16", "gb18030", "cp1252"] as const;
const DECIMALS = [".", ","] as const;
const DECIMAL_NAMES = { ".": "point", ",": "comma" } as const;
const NO_COLUMN = "0";

interface Props {
  found: ImportResult;
  options: ImportOptions;
  fields: Readonly<Record<string, string>>;
  /** What was found out for another column, or in another encoding, is found out anew. */
  onChange: (options: ImportOptions) => void;
}

/** What the server has found out about the file, to be put right. */
export function Layout({ found: { format }, options, fields, onChange }: Props) {
  const { t } = useTranslation();
  const choices = columnChoices(format.columns, (number) => t("importing.column", { number }));
  const kind = options.time_format ?? format.time_format;
  const dated = kind === "iso" || kind === "dmy" || kind === "mdy";
  const hint = (field: "time_format" | "decimal") =>
    !fields[field] &&
    format.unsure.includes(field) && <span className={styles.unsure}>{t(`importing.unsure.${field}`)}</span>;
  const changeTime = (time: string) => {
    onChange({ ...without(options, "time_format", "clock"), time });
  };
  const changeValue = (value: string) => {
    onChange({ ...without(options, "decimal"), value });
  };
  return (
    <>
      <Text size="sm" c="dimmed">
        {t("importing.found", {
          count: format.columns.length,
          delimiter: t(`importing.delimiters.${delimiterName(format.delimiter)}`),
        })}{" "}
        {t(format.header ? "importing.header" : "importing.noHeader")}{" "}
        {format.unit && t("importing.unit", { unit: format.unit })}
      </Text>
      <div className={styles.pair}>
        <Choice
          label={t("importing.time")}
          data={choices}
          value={options.time ?? chosenColumn(choices, format.columns, format.time)}
          error={fields.time}
          onChoose={changeTime}
        />
        <Choice
          label={t("importing.value")}
          data={choices}
          value={options.value ?? chosenColumn(choices, format.columns, format.value)}
          error={fields.value}
          onChoose={changeValue}
        />
        <Choice
          label={t("importing.format")}
          description={hint("time_format")}
          data={TIME_FORMATS.map((value) => ({ value, label: t(`importing.formats.${value}`) }))}
          value={kind}
          error={fields.time_format}
          onChoose={(chosen) => {
            const time_format = TIME_FORMATS.find((each) => each === chosen);
            if (time_format) onChange({ ...options, time_format });
          }}
        />
        <Choice
          label={t("importing.clock")}
          disabled={!dated}
          data={[{ value: NO_COLUMN, label: t("importing.noClock") }, ...choices]}
          value={
            options.clock ??
            (format.clock === null ? NO_COLUMN : chosenColumn(choices, format.columns, format.clock))
          }
          error={fields.clock}
          onChoose={(clock) => {
            onChange({ ...options, clock });
          }}
        />
        <Choice
          label={t("importing.zone")}
          description={!fields.tz && t("importing.zoneHint")}
          searchable
          disabled={!needsZone(kind)}
          limit={100}
          data={timeZones()}
          value={options.tz}
          error={fields.tz}
          onChoose={(tz) => {
            onChange({ ...options, tz });
          }}
        />
        <Choice
          label={t("importing.decimal")}
          description={hint("decimal")}
          data={DECIMALS.map((value) => ({ value, label: t(`importing.decimals.${DECIMAL_NAMES[value]}`) }))}
          value={options.decimal ?? format.decimal}
          error={fields.decimal}
          onChoose={(chosen) => {
            const decimal = DECIMALS.find((each) => each === chosen);
            if (decimal) onChange({ ...options, decimal });
          }}
        />
        <Choice
          label={t("importing.encoding")}
          data={ENCODINGS.map((value) => ({ value, label: t(`importing.encodings.${value}`) }))}
          value={options.encoding ?? format.encoding}
          error={fields.encoding}
          onChoose={(chosen) => {
            const encoding = ENCODINGS.find((each) => each === chosen);
            // In another encoding the columns have other names.
            if (encoding) onChange({ tz: options.tz, encoding });
          }}
        />
      </div>
    </>
  );
}

type Guess = Exclude<keyof ImportOptions, "tz">;

function without(options: ImportOptions, ...fields: readonly Guess[]): ImportOptions {
  const rest = { ...options };
  for (const field of fields) Reflect.deleteProperty(rest, field);
  return rest;
}

interface ChoiceProps extends SelectProps {
  onChoose: (value: string) => void;
}

function Choice({ onChoose, ...props }: ChoiceProps) {
  return (
    <Select
      allowDeselect={false}
      onChange={(value) => {
        if (value !== null) onChoose(value);
      }}
      {...props}
    />
  );
}
