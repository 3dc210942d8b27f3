import { Button, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, request } from "@/api/client";
import { keys } from "@/api/queries";
import type { Sensor } from "@/api/types";
import { useErrorText } from "@/api/useErrorText";
import { Failure } from "@/design/Failure";
import { LoadingHint } from "@/design/States";
import { TypedConfirmation } from "@/design/TypedConfirmation";
import { useRemoveReadings } from "./queries";
import { windowText } from "./windowText";

interface Props {
  sensor: Sensor;
  /** In ms, both included. */
  start: number;
  end: number;
  onRemoved: () => void;
}

/** Takes readings that are wrong out of a sensor: all of a time. */
export function RemoveReadings(props: Props) {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button
        variant="subtle"
        color="red"
        size="xs"
        mt="sm"
        leftSection={<IconTrash size={15} />}
        onClick={open}
      >
        {t("sensors.erase.action")}
      </Button>
      <Modal opened={opened} onClose={close} title={t("sensors.erase.title", { name: props.sensor.name })}>
        <Confirmation {...props} onClose={close} />
      </Modal>
    </>
  );
}

function Confirmation({ sensor, start, end, onRemoved, onClose }: Props & { onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const errorText = useErrorText();
  const remove = useRemoveReadings(sensor.id);
  const range = windowText({ kind: "fixed", start, end, range: "24h" }, i18n.language, t);
  const found = useQuery({
    queryKey: [...keys.statistics(sensor.id, `${start}-${end}`), "to-remove"],
    queryFn: async () => {
      const params = { path: { sensor_id: sensor.id }, query: { start, end } };
      const { statistics } = await request(api.GET("/api/sensors/{sensor_id}/statistics", { params }));
      return statistics?.count ?? 0;
    },
    // What came in the last seconds is not counted yet: the number becomes right while one reads.
    refetchInterval: 2_000,
    staleTime: 0,
    gcTime: 0,
  });
  if (found.error) return <Failure>{errorText(found.error)}</Failure>;
  if (found.data === undefined) return <LoadingHint />;
  if (found.data === 0) return <Text>{t("sensors.erase.none", { range })}</Text>;
  return (
    <TypedConfirmation
      word={sensor.name}
      action={t("sensors.erase.confirm")}
      pending={remove.isPending}
      failure={remove.error && errorText(remove.error)}
      onClose={onClose}
      onConfirm={() => {
        remove.mutate(
          { start, end },
          {
            onSuccess: (count) => {
              notifications.show({ message: t("sensors.erase.done", { count }) });
              onClose();
              onRemoved();
            },
          },
        );
      }}
    >
      {t("sensors.erase.text", { count: found.data, range })}
    </TypedConfirmation>
  );
}
