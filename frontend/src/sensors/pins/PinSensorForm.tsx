import { Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Failure } from "@/design/Failure";
import { FormButtons } from "@/design/FormButtons";
import { toApiError } from "@/api/errors";
import type { Room } from "@/api/types";
import { useErrorText } from "@/api/useErrorText";
import { LoadingLines } from "@/design/States";
import { useSensors } from "../queries";
import { MOST_PINS, usePins, useSetPinned } from "./queries";

/** Chooses a sensor to show at the top of a room: one that everyone may see. */
export default function PinSensorForm({ room, onClose }: { room: Room; onClose: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const sensors = useSensors();
  const pins = usePins(room.id);
  const setPinned = useSetPinned();
  const [chosen, setChosen] = useState<string | null>(null);
  const error = setPinned.error && toApiError(setPinned.error);
  if (!sensors.data || !pins.data) return <LoadingLines lines={2} />;
  const pinned = new Set(pins.data.map(({ sensor }) => sensor.id));
  const choices = sensors.data.filter(({ id, visibility }) => visibility === "public" && !pinned.has(id));
  const full = pinned.size >= MOST_PINS;

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen === null) return;
        setPinned.mutate({ roomId: room.id, sensorId: chosen, pinned: true }, { onSuccess: onClose });
      }}
    >
      <Stack gap="md">
        <Text size="sm">{t("pins.about", { count: MOST_PINS })}</Text>
        <Failure>{error && errorText(error)}</Failure>
        <Select
          data-autofocus
          label={t("sensors.one")}
          placeholder={t("pins.choose")}
          nothingFoundMessage={t("pins.noneLeft")}
          data={choices.map(({ id, name, unit }) => ({
            value: id,
            label: unit ? `${name} (${unit})` : name,
          }))}
          value={chosen}
          error={full && t("pins.full")}
          disabled={full}
          searchable
          onChange={setChosen}
        />
        <FormButtons
          action={t("pins.pin")}
          pending={setPinned.isPending}
          disabled={chosen === null || full}
          onCancel={onClose}
        />
      </Stack>
    </form>
  );
}
