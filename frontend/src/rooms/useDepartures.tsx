import { notifications } from "@mantine/notifications";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useMatch, useNavigate } from "react-router";
import { useMe } from "@/auth/session";
import { useServerEvent } from "@/realtime/RealtimeProvider";
import { useRooms } from "./queries";

/** Says that one was put out of a room, or that it was deleted, and leaves its page where it is the one shown. */
export function useDepartures(): void {
  const { t } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const shown = useMatch("/rooms/:roomId")?.params.roomId;
  const rooms = useRooms().data;
  // The names of rooms outlive them: what is told of may be gone from the list by then.
  const names = useRef(new Map<string, string>());
  useEffect(() => {
    for (const { id, name } of rooms ?? []) names.current.set(id, name);
  }, [rooms]);

  const tell = (roomId: string, message: (name: string) => string) => {
    const name = names.current.get(roomId);
    if (name !== undefined)
      notifications.show({ message: message(name), color: "gray", autoClose: 12_000, role: "status" });
    if (shown === roomId) void navigate("/", { replace: true });
  };

  useServerEvent("user_left", ({ room_id, user, reason }) => {
    if (user.id !== me.id) return;
    if (reason === "removed" || reason === "banned")
      tell(room_id, (name) => t(`departures.${reason}`, { name }));
  });
  useServerEvent("room_updated", ({ room_id, deleted }) => {
    if (deleted) tell(room_id, (name) => t("departures.deleted", { name }));
  });
}
