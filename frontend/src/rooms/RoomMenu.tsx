import { ActionIcon, Menu, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconDots, IconDoorExit } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Room } from "@/api/types";
import { useNotifyError } from "@/design/useNotifyError";
import { useLeaveRoom } from "./queries";

export function RoomMenu({ room }: { room: Room }) {
  const { t } = useTranslation();
  const leave = useLeaveRoom(room.id);
  const notifyError = useNotifyError();

  const confirmLeave = () => {
    modals.openConfirmModal({
      title: t("rooms.leave.title", { name: room.name }),
      children: <Text>{t("rooms.leave.text")}</Text>,
      labels: { confirm: t("rooms.leave.confirm"), cancel: t("actions.cancel") },
      confirmProps: { color: "red" },
      onConfirm: () => {
        leave.mutate(undefined, { onError: notifyError });
      },
    });
  };

  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("rooms.menu")}>
          <IconDots size={19} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconDoorExit size={16} />} onClick={confirmLeave}>
          {t("rooms.leave.action")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
