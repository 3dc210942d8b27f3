import { Button, Group, SegmentedControl, Skeleton, Table } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, request } from "@/api/client";
import { keys } from "@/api/queries";
import type { Sensor } from "@/api/types";
import { ErrorState } from "@/design/States";
import { useMayManage } from "@/devices/queries";
import styles from "./ReadingsTable.module.css";
import { RemoveReadings } from "./RemoveReadings";
import { type ChartWindow, boundsOf } from "./chartWindow";
import { formatValue } from "./readings";

const PAGE = 50;
const resolutions = ["auto", "raw", "minute", "hour", "day"] as const;
type Asked = (typeof resolutions)[number];

/** The readings of the shown time as a table, page by page, in local time. It stays as it was when it was opened. */
export function ReadingsTable({ sensor, window: shown }: { sensor: Sensor; window: ChartWindow }) {
  const { t, i18n } = useTranslation();
  const [resolution, setResolution] = useState<Asked>("auto");
  /** The cursors of the pages up to this one; the first has none. */
  const [cursors, setCursors] = useState<(string | null)[]>([null]);
  const [{ start, end }] = useState(() => {
    const bounds = boundsOf(shown, Date.now());
    return { start: Math.max(0, Math.floor(bounds.start)), end: Math.ceil(bounds.end) };
  });
  const mayManage = useMayManage(sensor.device_id);
  const cursor = cursors.at(-1) ?? null;
  const query = useQuery({
    queryKey: [...keys.readings(sensor.id), start, end, resolution, cursor],
    queryFn: () =>
      request(
        api.GET("/api/sensors/{sensor_id}/readings", {
          params: {
            path: { sensor_id: sensor.id },
            query: { start, end, resolution, limit: PAGE, ...(cursor !== null && { cursor }) },
          },
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
  const page = query.data;
  const time = new Intl.DateTimeFormat(i18n.language, {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  const number = (value: number) => formatValue(value, i18n.language);
  const rolledUp = page !== undefined && page.resolution !== "raw";

  return (
    <div className={styles.frame}>
      <Group justify="space-between" gap="sm">
        <SegmentedControl
          size="xs"
          aria-label={t("sensors.resolution")}
          data={resolutions.map((each) => ({ value: each, label: t(`sensors.resolutions.${each}`) }))}
          value={resolution}
          onChange={(chosen: Asked) => {
            setResolution(chosen);
            setCursors([null]);
          }}
        />
        {page && <span className={styles.note}>{t(`sensors.shows.${page.resolution}`)}</span>}
      </Group>
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton height={180} radius="md" mt="sm" />}
      {page && (
        <>
          <Table.ScrollContainer minWidth={rolledUp ? 520 : 260}>
            <Table
              className={styles.table}
              striped
              aria-label={t("sensors.readingsOf", { name: sensor.name })}
              data-resolution={page.resolution}
              aria-busy={query.isFetching}
            >
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("sensors.time")}</Table.Th>
                  {rolledUp ? (
                    <>
                      <Table.Th>{t("sensors.figures.min")}</Table.Th>
                      <Table.Th>{t("sensors.figures.mean")}</Table.Th>
                      <Table.Th>{t("sensors.figures.max")}</Table.Th>
                      <Table.Th>{t("sensors.figures.count")}</Table.Th>
                    </>
                  ) : (
                    <Table.Th>
                      {t("sensors.value")} {sensor.unit && `(${sensor.unit})`}
                    </Table.Th>
                  )}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {page.items.map((row) => (
                  <Table.Tr key={row.ts}>
                    <Table.Td>
                      <time dateTime={new Date(row.ts).toISOString()}>{time.format(row.ts)}</time>
                    </Table.Td>
                    {"value" in row ? (
                      <Table.Td>{number(row.value)}</Table.Td>
                    ) : (
                      <>
                        <Table.Td>{number(row.min)}</Table.Td>
                        <Table.Td>{number(row.mean)}</Table.Td>
                        <Table.Td>{number(row.max)}</Table.Td>
                        <Table.Td>{row.count}</Table.Td>
                      </>
                    )}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
          {page.items.length === 0 && <p className={styles.note}>{t("sensors.noneInRange")}</p>}
          <Group justify="space-between" mt="sm">
            <Button
              variant="default"
              size="xs"
              leftSection={<IconChevronLeft size={15} />}
              disabled={cursors.length === 1}
              onClick={() => {
                setCursors(cursors.slice(0, -1));
              }}
            >
              {t("sensors.earlierPage")}
            </Button>
            <span className={styles.note}>{t("sensors.page", { page: cursors.length })}</span>
            <Button
              variant="default"
              size="xs"
              rightSection={<IconChevronRight size={15} />}
              disabled={page.next === null || query.isPlaceholderData}
              onClick={() => {
                setCursors([...cursors, page.next]);
              }}
            >
              {t("sensors.laterPage")}
            </Button>
          </Group>
        </>
      )}
      {mayManage && (
        <RemoveReadings
          sensor={sensor}
          start={start}
          end={end}
          onRemoved={() => {
            setCursors([null]);
          }}
        />
      )}
    </div>
  );
}
