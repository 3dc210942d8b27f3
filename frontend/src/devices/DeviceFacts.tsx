import {
  IconBattery1,
  IconBattery2,
  IconBattery3,
  IconBattery4,
  IconClock,
  IconRepeat,
  IconStack2,
  IconTag,
  IconTemperature,
  IconWifi,
  IconWifi0,
  IconWifi1,
  IconWifi2,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Device } from "@/api/types";
import styles from "./DevicesPage.module.css";
import { intervalText, intervals } from "./interval";

const ICON = 16;
const BATTERIES = [IconBattery1, IconBattery2, IconBattery3, IconBattery4];
const SIGNALS = [IconWifi0, IconWifi1, IconWifi2, IconWifi];
/** From where on, in dBm, a Wi-Fi signal is weak, fair and good. */
const SIGNAL_STEPS = [-80, -70, -60];

/** What a device said of itself, as far as it did. */
export function DeviceFacts({ device }: { device: Device }) {
  const { t, i18n } = useTranslation();
  const { status, version } = device;
  const number = (value: number, digits = 0) =>
    new Intl.NumberFormat(i18n.language, { maximumFractionDigits: digits }).format(value);
  const facts: { name: string; icon: ReactNode; text: string; low?: boolean }[] = [];
  if (version) facts.push({ name: t("devices.facts.version"), icon: <IconTag size={ICON} />, text: version });
  const { inForce, pending } = intervals(device);
  if (inForce !== null || pending !== null) {
    const text = [
      inForce !== null && t("devices.facts.every", { time: intervalText(inForce, i18n.language) }),
      pending !== null && t("devices.facts.asked", { time: intervalText(pending, i18n.language) }),
    ];
    facts.push({
      name: t("devices.facts.interval"),
      icon: <IconRepeat size={ICON} />,
      text: text.filter(Boolean).join(" · "),
    });
  }
  if (typeof status?.battery_percent === "number") {
    const percent = status.battery_percent;
    const Battery = BATTERIES[Math.min(3, Math.floor(percent / 25))] ?? IconBattery1;
    facts.push({
      name: t("devices.facts.battery"),
      icon: <Battery size={ICON} />,
      text: `${number(percent)} %`,
      low: percent < 20,
    });
  }
  if (typeof status?.rssi_dbm === "number") {
    const rssi = status.rssi_dbm;
    const Signal = SIGNALS[SIGNAL_STEPS.filter((step) => rssi >= step).length] ?? IconWifi;
    facts.push({
      name: t("devices.facts.signal"),
      icon: <Signal size={ICON} />,
      text: `${number(rssi)} dBm`,
      low: rssi < (SIGNAL_STEPS[0] ?? 0),
    });
  }
  if (typeof status?.temperature_celsius === "number") {
    const text = `${number(status.temperature_celsius, 1)} °C`;
    facts.push({ name: t("devices.facts.temperature"), icon: <IconTemperature size={ICON} />, text });
  }
  if (typeof status?.uptime_seconds === "number") {
    const text = uptimeText(status.uptime_seconds, i18n.language);
    facts.push({ name: t("devices.facts.uptime"), icon: <IconClock size={ICON} />, text });
  }
  if (status?.queued_readings) {
    const text = number(status.queued_readings);
    facts.push({ name: t("devices.facts.queued"), icon: <IconStack2 size={ICON} />, text });
  }
  if (facts.length === 0) return null;
  return (
    <dl className={styles.facts}>
      {facts.map(({ name, icon, text, low }) => (
        <div key={name} title={name} data-low={low === true ? true : undefined}>
          <dt>
            <span aria-hidden>{icon}</span>
            <span className={styles.factName}>{name}</span>
          </dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

/** In the largest whole unit. */
function uptimeText(seconds: number, locale: string): string {
  const [unit, length] = (
    [
      ["day", 86_400],
      ["hour", 3_600],
      ["minute", 60],
    ] as const
  ).find(([, size]) => seconds >= size) ?? ["second", 1];
  const format = new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" });
  return format.format(Math.floor(seconds / length));
}
