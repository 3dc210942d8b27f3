import { useTranslation } from "react-i18next";
import { Navigate } from "react-router";
import type { Room } from "@/api/types";
import { PageHeader } from "@/app/shell/PageHeader";
import { EmptyState, ErrorState, LoadingLines } from "@/design/States";
import { lastRoomId } from "./lastRoom";
import { useRooms } from "./queries";

/** Where one comes in: the room one was in last, else one of one's own, else the Lobby. */
export function HomePage() {
  const { t } = useTranslation();
  const rooms = useRooms();
  if (rooms.isPending) return <LoadingLines />;
  if (rooms.isError) return <ErrorState error={rooms.error} onRetry={() => void rooms.refetch()} />;
  const room = homeRoom(rooms.data, lastRoomId());
  if (room) return <Navigate to={`/rooms/${room.id}`} replace />;
  return (
    <>
      <PageHeader title={t("nav.rooms")} />
      <EmptyState title={t("rooms.noneTitle")}>{t("rooms.noneText")}</EmptyState>
    </>
  );
}

export function homeRoom(rooms: readonly Room[], lastId: string | null): Room | undefined {
  const own = rooms.filter((room) => room.membership);
  const isLobby = ({ lobby }: Room) => lobby;
  return (
    own.find((room) => room.id === lastId) ?? own.find(isLobby) ?? own[0] ?? rooms.find(isLobby) ?? rooms[0]
  );
}
