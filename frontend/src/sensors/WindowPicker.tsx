import {
  ActionIcon,
  Button,
  Group,
  Popover,
  SegmentedControl,
  Stack,
  TextInput,
  Tooltip,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCalendar, IconPlayerPause, IconPlayerPlay, IconZoomReset } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Failure } from "@/design/Failure";
import styles from "./WindowPicker.module.css";
import {
  type ChartWindow,
  LEAST_SPAN_MS,
  type Range,
  boundsOf,
  fromLocalInput,
  ranges,
  toLocalInput,
} from "./chartWindow";
import { windowText } from "./windowText";

interface Props {
  window: ChartWindow;
  paused: boolean;
  onChange: (window: ChartWindow) => void;
  onPause: (paused: boolean) => void;
}

/** Which time is shown: a range up to now, or two times of one's own; and whether it moves on. */
export function WindowPicker({ window: shown, paused, onChange, onPause }: Props) {
  const { t, i18n } = useTranslation();
  const [opened, { toggle, close }] = useDisclosure(false);
  const fixed = shown.kind === "fixed";
  return (
    <div className={styles.picker}>
      {fixed && (
        <span className={styles.text}>
          {windowText(shown, i18n.language, t)}
          <Button
            variant="light"
            size="compact-sm"
            leftSection={<IconZoomReset size={15} />}
            onClick={() => {
              onChange({ kind: "moving", range: shown.range });
            }}
          >
            {t("sensors.resetZoom")}
          </Button>
        </span>
      )}
      <SegmentedControl
        className={styles.ranges}
        aria-label={t("sensors.range")}
        data={ranges.map((each) => ({ value: each, label: t(`sensors.ranges.${each}`) }))}
        value={fixed ? "" : shown.range}
        onChange={(range) => {
          onChange({ kind: "moving", range: range as Range });
        }}
      />
      <Popover opened={opened} onChange={close} position="bottom-end" trapFocus withArrow>
        <Tooltip label={t("sensors.customRange")} disabled={opened}>
          <Popover.Target>
            <ActionIcon
              variant={fixed ? "light" : "default"}
              size={34}
              aria-label={t("sensors.customRange")}
              aria-expanded={opened}
              onClick={toggle}
            >
              <IconCalendar size={18} />
            </ActionIcon>
          </Popover.Target>
        </Tooltip>
        <Popover.Dropdown>
          <CustomWindow
            window={shown}
            onChosen={(start, end) => {
              close();
              onChange({ kind: "fixed", start, end, range: shown.range });
            }}
          />
        </Popover.Dropdown>
      </Popover>
      <Tooltip label={t(paused ? "sensors.resume" : "sensors.pause")}>
        <ActionIcon
          variant={paused ? "filled" : "default"}
          size={34}
          disabled={fixed}
          aria-label={t("sensors.pause")}
          aria-pressed={paused}
          onClick={() => {
            onPause(!paused);
          }}
        >
          {paused ? <IconPlayerPlay size={18} /> : <IconPlayerPause size={18} />}
        </ActionIcon>
      </Tooltip>
    </div>
  );
}

function CustomWindow({
  window: shown,
  onChosen,
}: {
  window: ChartWindow;
  onChosen: (start: number, end: number) => void;
}) {
  const { t } = useTranslation();
  const [texts, setTexts] = useState(() => {
    const { start, end } = boundsOf(shown, Date.now());
    return { start: toLocalInput(start), end: toLocalInput(end) };
  });
  const [wrong, setWrong] = useState(false);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const [start, end] = [fromLocalInput(texts.start), fromLocalInput(texts.end)];
        if (start === null || end === null || end - start < LEAST_SPAN_MS) setWrong(true);
        else onChosen(start, end);
      }}
    >
      <Stack gap="sm">
        {(["start", "end"] as const).map((edge) => (
          <TextInput
            key={edge}
            type="datetime-local"
            step={1}
            label={t(edge === "start" ? "sensors.from" : "sensors.until")}
            value={texts[edge]}
            onChange={(event) => {
              setWrong(false);
              setTexts({ ...texts, [edge]: event.currentTarget.value });
            }}
          />
        ))}
        <Failure>{wrong && t("sensors.wrongRange")}</Failure>
        <Group justify="flex-end">
          <Button type="submit" size="xs">
            {t("sensors.showRange")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
