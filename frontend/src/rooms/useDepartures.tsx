import { notifications } from "@mantine/notifications";
import { useTranslation } from "react-i18next";
import { useMatch, useNavigate } from "react-router";
import type { Room } from "@/api/types";
import { useMe } from "@/auth/session";
import { useServerEvent } from "@/realtime/RealtimeProvider";
import { useRooms } from "./queries";

/** Says that one was put out of a room, or that it was deleted, and leaves its page where it is the one shown. */
export function useDepartures(): void {
  const { t } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const shown = useMatch("/rooms/:roomId")?.params.roomId;
  // As last drawn: the name of a room that is gone by now.
  const rooms = useRooms().data;

  const tell = (roomId: string, message: (room: Room) => string) => {
    const room = rooms?.find(({ id }) => id === roomId);
    if (room)
      notifications.show({ message: message(room), color: "gray", autoClose: 12_000, role: "status" });
    if (shown === roomId) void navigate("/", { replace: true });
  };

  useServerEvent("user_left", ({ room_id, user, reason }) => {
    if (user.id !== me.id) return;
    if (reason === "removed" || reason === "banned")
      tell(room_id, ({ name }) => t(`departures.${reason}`, { name }));
  });
  useServerEvent("room_updated", ({ room_id, deleted }) => {
    if (deleted) tell(room_id, ({ name }) => t("departures.deleted", { name }));
  });
}
