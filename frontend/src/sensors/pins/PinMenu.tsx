import { ActionIcon, Menu, Text, Tooltip } from "@mantine/core";
import { IconPin } from "@tabler/icons-react";
import { type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Sensor } from "@/api/types";
import { useMe } from "@/auth/session";
import { useNotifyError } from "@/design/useNotifyError";
import { useRooms } from "@/rooms/queries";
import { mayPin, usePinnedRooms, useSetPinned } from "./queries";

/** Pins a sensor to the rooms where one may, and takes it off them. */
export function PinMenu({ sensor }: { sensor: Sensor }) {
  const { t } = useTranslation();
  const me = useMe();
  const rooms = useRooms();
  const [opened, setOpened] = useState(false);
  const pinnedTo = new Set(usePinnedRooms(sensor.id, opened).data);
  const setPinned = useSetPinned();
  const notifyError = useNotifyError();
  const hintId = useId();
  const places = rooms.data?.filter((room) => room.membership && mayPin(room, me)) ?? [];

  return (
    <Menu
      position="bottom-end"
      width={240}
      opened={opened}
      onChange={setOpened}
      closeOnItemClick={false}
      keepMounted={false}
    >
      <Tooltip label={t("pins.toRoom")} disabled={opened}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("pins.toRoom")}>
            <IconPin size={18} />
          </ActionIcon>
        </Menu.Target>
      </Tooltip>
      <Menu.Dropdown aria-describedby={hintId}>
        <Menu.Label>{t("pins.toRoom")}</Menu.Label>
        {sensor.visibility !== "public" ? (
          <Hint id={hintId}>{t("pins.notPublic")}</Hint>
        ) : places.length === 0 ? (
          <Hint id={hintId}>{t("pins.noRooms")}</Hint>
        ) : (
          places.map((room) => {
            const pinned = pinnedTo.has(room.id);
            return (
              <Menu.CheckboxItem
                key={room.id}
                checked={pinned}
                onChange={(checked) => {
                  setPinned.mutate(
                    { roomId: room.id, sensorId: sensor.id, pinned: checked },
                    { onError: notifyError },
                  );
                }}
              >
                {room.name}
              </Menu.CheckboxItem>
            );
          })
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

/** Why there is nothing to choose, and what to do about it. */
function Hint({ id, children }: { id: string; children: ReactNode }) {
  return (
    <Text id={id} size="sm" px="sm" pb="xs">
      {children}
    </Text>
  );
}
