import { Modal, Stack, Tabs, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Device } from "@/api/types";
import { useDeviceSensors } from "@/sensors/queries";
import { Copyable } from "./Copyable";
import { InstallLine } from "./InstallLine";
import { isOwnMachine } from "./install";
import { TOKEN, curlLine, curlMetrics, curlReadings, grafana, mqtt, prometheus, telegraf } from "./snippets";

interface Props {
  device: Device;
  opened: boolean;
  onClose: () => void;
}

/** The ways for a device's data into Fieldroom, and out of it again. */
export function SendingDialog({ device, opened, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} size="lg" title={t("sending.title", { name: device.name })}>
      <Ways device={device} />
    </Modal>
  );
}

/** What is said about each way, with the texts to copy; a Pi has its own. */
const WAYS = {
  pi: [],
  http: [
    ["readings", curlReadings],
    ["line", curlLine],
  ],
  telegraf: [["telegraf", telegraf]],
  mqtt: [["mqtt", mqtt]],
  reading: [
    ["metrics", curlMetrics],
    ["prometheus", prometheus],
    ["grafana", grafana],
  ],
} as const;
const ways = ["pi", "http", "telegraf", "mqtt", "reading"] as const;

function Ways({ device }: { device: Device }) {
  const { t } = useTranslation();
  const sensors = useDeviceSensors(device.id);
  const place = {
    origin: window.location.origin,
    deviceId: device.id,
    sensorId: sensors.data?.[0]?.id ?? null,
  };
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {t("sending.token", { token: TOKEN })}{" "}
        {isOwnMachine(window.location.hostname) && t("devices.install.ownMachine")}
      </Text>
      <Tabs defaultValue="pi" keepMounted={false}>
        <Tabs.List>
          {ways.map((way) => (
            <Tabs.Tab key={way} value={way}>
              {t(`sending.ways.${way}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {ways.map((way) => (
          <Tabs.Panel key={way} value={way} pt="md">
            <Stack gap="md">
              <Text size="sm">{t(`sending.about.${way}`)}</Text>
              {way === "pi" && <InstallLine />}
              {WAYS[way].map(([name, text]) => (
                <Copyable
                  key={name}
                  label={t(`sending.snippets.${name}`)}
                  copyLabel={t("sending.copy")}
                  value={text(place)}
                />
              ))}
            </Stack>
          </Tabs.Panel>
        ))}
      </Tabs>
    </Stack>
  );
}
