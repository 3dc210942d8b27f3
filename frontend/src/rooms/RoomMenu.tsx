import { ActionIcon, Menu, Modal, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import {
  IconBan,
  IconBell,
  IconBellOff,
  IconDots,
  IconDoorExit,
  IconIdBadge2,
  IconSearch,
  IconPin,
  IconSettings,
  IconTrash,
  IconUserOff,
  IconUserPlus,
} from "@tabler/icons-react";
import { type LazyExoticComponent, Suspense, lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Room } from "@/api/types";
import { useMe } from "@/auth/session";
import { LoadingLines } from "@/design/States";
import { useNotifyError } from "@/design/useNotifyError";
import { useDirectConversation } from "@/direct/queries";
import { useBlock, useBlocked, useUnblock } from "@/people/queries";
import { useLeaveRoom } from "./queries";
import { roomRights } from "./rank";
import { useSetMuted } from "./settings/queries";
import { mayPin } from "@/sensors/pins/queries";

type Form = LazyExoticComponent<(props: { room: Room; onClose: () => void }) => React.ReactNode>;

// Most visits open no dialog.
const dialogs = {
  settings: lazy(() => import("./settings/RoomSettingsForm")),
  nickname: lazy(() => import("./settings/NicknameForm")),
  invitations: lazy(() => import("./people/InvitationsDialog")),
  bans: lazy(() => import("./people/BansDialog")),
  pins: lazy(() => import("@/sensors/pins/PinSensorForm")),
  delete: lazy(() => import("./settings/DeleteRoomForm")),
} satisfies Record<string, Form>;

/** What one may do with a room and with one's own place in it. */
export function RoomMenu({ room }: { room: Room }) {
  const { t } = useTranslation();
  const me = useMe();
  const rights = roomRights(room, me);
  const leave = useLeaveRoom(room.id);
  const mute = useSetMuted(room.id);
  const notifyError = useNotifyError();
  const [opened, setOpened] = useState<keyof typeof dialogs | null>(null);
  const [shown, setShown] = useState<keyof typeof dialogs>("settings");
  const direct = room.kind === "direct";
  const muted = room.membership?.muted ?? false;
  const person = useDirectConversation(room.id)?.user;
  const blocked = useBlocked().data?.some(({ user }) => user.id === person?.id) ?? false;
  const block = useBlock();
  const unblock = useUnblock();

  const open = (dialog: keyof typeof dialogs) => () => {
    setShown(dialog);
    setOpened(dialog);
  };
  const close = () => {
    setOpened(null);
  };
  const Dialog = dialogs[shown];

  const confirmLeave = () => {
    modals.openConfirmModal({
      title: t("rooms.leave.title", { name: room.name }),
      children: (
        <Text>{t(room.visibility === "private" ? "rooms.leave.textPrivate" : "rooms.leave.text")}</Text>
      ),
      labels: { confirm: t("rooms.leave.confirm"), cancel: t("actions.cancel") },
      confirmProps: { color: "red" },
      onConfirm: () => {
        leave.mutate(undefined, { onError: notifyError });
      },
    });
  };

  const confirmBlock = () => {
    if (!person) return;
    modals.openConfirmModal({
      title: t("people.block.title", { name: person.nickname }),
      children: <Text>{t("people.block.text")}</Text>,
      labels: { confirm: t("people.block.confirm"), cancel: t("actions.cancel") },
      confirmProps: { color: "red" },
      onConfirm: () => {
        block.mutate(person.id, { onError: notifyError });
      },
    });
  };
  const unblockPerson = () => {
    if (person) unblock.mutate(person.id, { onError: notifyError });
  };

  return (
    <>
      <Menu position="bottom-end" width={240}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("rooms.menu")}>
            <IconDots size={19} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {rights.moderate && (
            <Menu.Item leftSection={<IconSettings size={16} />} onClick={open("settings")}>
              {t("roomSettings.title")}
            </Menu.Item>
          )}
          {rights.invite && (
            <Menu.Item leftSection={<IconUserPlus size={16} />} onClick={open("invitations")}>
              {t("invitations.action")}
            </Menu.Item>
          )}
          {rights.moderate && !direct && (
            <Menu.Item leftSection={<IconBan size={16} />} onClick={open("bans")}>
              {t("bans.title")}
            </Menu.Item>
          )}
          {mayPin(room, me) && (
            <Menu.Item leftSection={<IconPin size={16} />} onClick={open("pins")}>
              {t("pins.action")}
            </Menu.Item>
          )}
          {room.membership && (
            <>
              {rights.invite && <Menu.Divider />}
              <Menu.Item
                component={Link}
                to={`/search?room=${room.id}`}
                leftSection={<IconSearch size={16} />}
              >
                {t("roomSettings.search")}
              </Menu.Item>
              {!direct && (
                <Menu.Item leftSection={<IconIdBadge2 size={16} />} onClick={open("nickname")}>
                  {t("roomSettings.nickname")}
                </Menu.Item>
              )}
              <Menu.Item
                leftSection={muted ? <IconBell size={16} /> : <IconBellOff size={16} />}
                onClick={() => {
                  mute.mutate(!muted, { onError: notifyError });
                }}
              >
                {t(`roomSettings.${muted ? "unmute" : "mute"}${direct ? "Direct" : ""}`)}
              </Menu.Item>
              {!direct && !room.lobby && (
                <Menu.Item leftSection={<IconDoorExit size={16} />} onClick={confirmLeave}>
                  {t("rooms.leave.action")}
                </Menu.Item>
              )}
            </>
          )}
          {person && !person.gone && (
            <Menu.Item
              {...(!blocked && { color: "red" })}
              leftSection={<IconUserOff size={16} />}
              onClick={blocked ? unblockPerson : confirmBlock}
            >
              {t(blocked ? "people.unblock" : "people.block.action")}
            </Menu.Item>
          )}
          {rights.remove && (
            <>
              <Menu.Divider />
              <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={open("delete")}>
                {t("roomSettings.delete.action")}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <Modal opened={opened !== null} onClose={close} title={t(`roomDialogs.${shown}`, { name: room.name })}>
        <Suspense fallback={<LoadingLines />}>
          <Dialog room={room} onClose={close} />
        </Suspense>
      </Modal>
    </>
  );
}
