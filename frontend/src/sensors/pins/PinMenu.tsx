import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import { IconPin } from "@tabler/icons-react";
import { useState } from "react";
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
      <Menu.Dropdown>
        <Menu.Label>{t("pins.toRoom")}</Menu.Label>
        {sensor.visibility !== "public" ? (
          <Menu.Item disabled>{t("pins.notPublic")}</Menu.Item>
        ) : places.length === 0 ? (
          <Menu.Item disabled>{t("pins.noRooms")}</Menu.Item>
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
