import { Button, Group, Modal, Progress, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Failure } from "@/design/Failure";
import { type ApiError, toApiError } from "@/api/errors";
import { keys } from "@/api/queries";
import type { ImportResult, Sensor } from "@/api/types";
import { useErrorText } from "@/api/useErrorText";
import { LoadingLines } from "@/design/States";
import { ownZone } from "../timeZones";
import { FileDrop } from "./FileDrop";
import styles from "./Import.module.css";
import { ImportRows, RowErrors } from "./ImportRows";
import { Layout } from "./ImportLayout";
import { MAX_FILE_BYTES, beginningOf } from "./csvFile";
import { type ImportOptions, sendFile } from "./sendFile";

const FIELDS = ["time", "clock", "value", "time_format", "tz", "decimal", "encoding"];

interface Props {
  sensor: Sensor;
  opened: boolean;
  onClose: () => void;
}

/** Readings out of a CSV file: chosen, looked at, put right, stored. A click beside the dialog loses nothing. */
export default function ImportDialog({ sensor, opened, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      closeOnClickOutside={false}
      size="lg"
      title={t("importing.title", { name: sensor.name })}
    >
      <Import sensor={sensor} onClose={onClose} />
    </Modal>
  );
}

type Step =
  | { kind: "reading" }
  | { kind: "preview"; found: ImportResult }
  | { kind: "sending"; share: number }
  | { kind: "done"; result: ImportResult };

function Import({ sensor, onClose }: Omit<Props, "opened">) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const queries = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [options, setOptions] = useState<ImportOptions>(() => ({ tz: ownZone() }));
  const [step, setStep] = useState<Step>({ kind: "reading" });
  // What was found last stays while something else is tried.
  const [known, setKnown] = useState<ImportResult | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  /** One request at a time: a newer one ends the one before. */
  const run = async (work: (signal: AbortSignal) => Promise<Step>, otherwise: Step) => {
    running.current?.abort();
    const control = new AbortController();
    running.current = control;
    setError(null);
    try {
      const next = await work(control.signal);
      if (!control.signal.aborted) setStep(next);
    } catch (failure) {
      if (control.signal.aborted) return;
      setError(toApiError(failure));
      setStep(otherwise);
    }
  };

  const preview = (chosen: File, wanted: ImportOptions) => {
    setFile(chosen);
    setOptions(wanted);
    setStep({ kind: "reading" });
    if (chosen.size > MAX_FILE_BYTES) return;
    void run(
      async (signal) => {
        const beginning = await beginningOf(chosen);
        const found = await sendFile(sensor.id, beginning, wanted, { preview: true, signal });
        setKnown(found);
        return { kind: "preview", found };
      },
      { kind: "reading" },
    );
  };

  const store = (chosen: File, found: ImportResult) => {
    setStep({ kind: "sending", share: 0 });
    // What the file leaves open is stored as it was shown; the rest the server finds again as it did.
    const { unsure, time_format, decimal } = found.format;
    const shown = {
      ...options,
      ...(unsure.includes("time_format") && { time_format }),
      ...(unsure.includes("decimal") && { decimal }),
    };
    const onProgress = (share: number) => {
      setStep({ kind: "sending", share });
    };
    void run(
      async (signal) => {
        const result = await sendFile(sensor.id, chosen, shown, { preview: false, signal, onProgress });
        void queries.invalidateQueries({ queryKey: keys.sensors });
        return { kind: "done", result };
      },
      { kind: "preview", found },
    );
  };

  const startOver = () => {
    running.current?.abort();
    setFile(null);
    setKnown(null);
    setError(null);
    setOptions({ tz: options.tz });
    setStep({ kind: "reading" });
  };

  const tooLarge = file !== null && file.size > MAX_FILE_BYTES;
  const elsewhere =
    error &&
    (error.fields.file ??
      (Object.keys(error.fields).some((field) => FIELDS.includes(field)) && known
        ? null
        : (Object.values(error.fields)[0] ?? errorText(error))));

  if (!file) {
    return (
      <FileDrop
        onFile={(chosen) => {
          preview(chosen, { tz: options.tz });
        }}
      />
    );
  }
  return (
    <Stack gap="md">
      <Group justify="space-between" gap="sm">
        <Text className={styles.fileName}>
          {t("importing.file", { name: file.name, size: sizeText(file.size) })}
        </Text>
        {step.kind !== "sending" && (
          <Button variant="subtle" size="compact-sm" onClick={startOver}>
            {t("importing.another")}
          </Button>
        )}
      </Group>
      <Failure>
        {(tooLarge || elsewhere) && tooLarge
          ? t("importing.tooLarge", { size: sizeText(MAX_FILE_BYTES) })
          : elsewhere}
      </Failure>
      {!tooLarge && !error && !known && <LoadingLines lines={3} />}
      {known && step.kind !== "done" && step.kind !== "sending" && (
        <>
          <Layout
            found={known}
            options={options}
            fields={error?.fields ?? {}}
            onChange={(wanted) => {
              preview(file, wanted);
            }}
          />
          {step.kind === "preview" && (
            <>
              <ImportRows rows={step.found.rows} unit={sensor.unit} zone={options.tz} />
              <RowErrors errors={step.found.errors} count={step.found.refused} preview />
            </>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("actions.cancel")}
            </Button>
            <Button
              disabled={step.kind !== "preview" || step.found.rows.length === 0}
              onClick={() => {
                if (step.kind === "preview") store(file, step.found);
              }}
            >
              {t("importing.store")}
            </Button>
          </Group>
        </>
      )}
      {step.kind === "sending" && (
        <>
          <Text size="sm" role="status">
            {step.share < 1 ? t("importing.sending") : t("importing.storing")}
          </Text>
          <Progress
            aria-label={t("importing.sending")}
            value={step.share * 100}
            animated={step.share >= 1}
            striped={step.share >= 1}
          />
          <Group justify="flex-end">
            <Button
              variant="default"
              onClick={() => {
                running.current?.abort();
                setStep(known ? { kind: "preview", found: known } : { kind: "reading" });
              }}
            >
              {t("actions.cancel")}
            </Button>
          </Group>
        </>
      )}
      {step.kind === "done" && (
        <>
          <Counts result={step.result} />
          <RowErrors errors={step.result.errors} count={step.result.refused} />
          <Group justify="flex-end">
            <Button data-autofocus onClick={onClose}>
              {t("actions.done")}
            </Button>
          </Group>
        </>
      )}
    </Stack>
  );
}

function Counts({ result }: { result: ImportResult }) {
  const { t, i18n } = useTranslation();
  const shown = (count: number) => new Intl.NumberFormat(i18n.language).format(count);
  return (
    <dl className={styles.counts} role="status" aria-label={t("importing.result")}>
      {(["accepted", "duplicates", "refused"] as const).map((outcome) => (
        <div key={outcome} data-outcome={outcome}>
          <dt>{t(`importing.outcomes.${outcome}`)}</dt>
          <dd>{shown(result[outcome])}</dd>
        </div>
      ))}
    </dl>
  );
}

function sizeText(bytes: number): string {
  return bytes < 1_000_000 ? `${String(Math.ceil(bytes / 1000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
