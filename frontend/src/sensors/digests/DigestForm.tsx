import { Alert, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Failure } from "@/design/Failure";
import { FormButtons } from "@/design/FormButtons";
import { toApiError } from "@/api/errors";
import type { Sensor } from "@/api/types";
import { useErrorText } from "@/api/useErrorText";
import { useRooms } from "@/rooms/queries";
import { ownZone, timeZones } from "../timeZones";
import { hourText } from "./hours";
import { useCreateDigest } from "./queries";

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const MORNING = 8;

/** Into which room, and when. */
export function DigestForm({ sensor, onClose }: { sensor: Sensor; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const errorText = useErrorText();
  const rooms = useRooms().data ?? [];
  const create = useCreateDigest(sensor.id);
  const [roomId, setRoomId] = useState<string | null>(null);
  const room = rooms.find(({ id }) => id === roomId);
  const [hour, setHour] = useState(MORNING);
  const [tz, setZone] = useState(ownZone);
  const failure = create.error && toApiError(create.error);

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (roomId !== null) create.mutate({ room_id: roomId, hour, tz }, { onSuccess: onClose });
      }}
    >
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          {t("digests.about")}
        </Text>
        <Failure>
          {failure &&
            Object.keys(failure.fields).length === 0 &&
            errorText(failure, { conflict: t("digests.taken") })}
        </Failure>
        <Select
          data-autofocus
          label={t("digests.room")}
          description={
            !failure?.fields.room_id && sensor.visibility === "private" && t("digests.privateSensor")
          }
          placeholder={t("digests.chooseRoom")}
          nothingFoundMessage={t("digests.noRooms")}
          searchable
          allowDeselect={false}
          data={rooms
            .filter(({ membership, kind }) => membership && kind !== "direct")
            .map(({ id, name }) => ({ value: id, label: name }))}
          value={roomId}
          error={failure?.fields.room_id}
          onChange={setRoomId}
        />
        {sensor.visibility === "private" && room?.visibility === "public" && (
          <Alert color="yellow" role="status">
            {t("digests.publicRoom", { room: room.name })}
          </Alert>
        )}
        <Select
          label={t("digests.hour")}
          allowDeselect={false}
          data={HOURS.map((each) => ({ value: String(each), label: hourText(each, i18n.language) }))}
          value={String(hour)}
          error={failure?.fields.hour}
          onChange={(chosen) => {
            if (chosen !== null) setHour(Number(chosen));
          }}
        />
        <Select
          label={t("digests.zone")}
          searchable
          allowDeselect={false}
          limit={100}
          data={timeZones()}
          value={tz}
          error={failure?.fields.tz}
          onChange={(chosen) => {
            if (chosen !== null) setZone(chosen);
          }}
        />
        <FormButtons
          action={t("digests.add")}
          pending={create.isPending}
          disabled={roomId === null}
          onCancel={onClose}
        />
      </Stack>
    </form>
  );
}
