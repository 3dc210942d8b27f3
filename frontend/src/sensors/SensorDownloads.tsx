import { Button, Menu } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type ChartKind, type ChartWindow, askedFor, boundsOf } from "./chartWindow";

const pictures = ["svg", "png", "html"] as const;

interface Props {
  sensorId: string;
  window: ChartWindow;
  kind: ChartKind;
}

/** What is shown, to keep: the chart as a file, and the readings themselves. */
export function SensorDownloads({ sensorId, window: shown, kind }: Props) {
  const { t, i18n } = useTranslation();
  const path = `/api/sensors/${sensorId}`;
  const asked = query({
    ...askedFor(shown),
    kind,
    locale: i18n.language,
    // A picture is drawn by the server, which does not know where its reader is.
    tz: Intl.DateTimeFormat().resolvedOptions().timeZone,
  });
  return (
    <Menu position="bottom-end" width={200} keepMounted={false}>
      <Menu.Target>
        <Button variant="default" size="xs" leftSection={<IconDownload size={16} />}>
          {t("sensors.download")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {pictures.map((format) => (
          <Menu.Item
            key={format}
            component="a"
            href={`${path}/chart.${format}?${asked}`}
            // Without a name of its own here: the server gives it the sensor's.
            download
          >
            {t(`sensors.formats.${format}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <CsvItem path={path} window={shown} />
      </Menu.Dropdown>
    </Menu>
  );
}

/** Its range is that of the moment in which the menu was opened. */
function CsvItem({ path, window: shown }: { path: string; window: ChartWindow }) {
  const { t } = useTranslation();
  const [openedAt] = useState(() => Date.now());
  const { start, end } = boundsOf(shown, openedAt);
  return (
    <Menu.Item component="a" href={`${path}/export.csv?${query({ start, end })}`} download>
      {t("sensors.formats.csv")}
    </Menu.Item>
  );
}

function query(values: Record<string, string | number>): string {
  const texts = Object.entries(values).map(([name, value]): [string, string] => [name, String(value)]);
  return new URLSearchParams(texts).toString();
}
