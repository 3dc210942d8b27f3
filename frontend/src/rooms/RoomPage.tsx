import { ActionIcon, Button, Drawer, Tooltip } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { IconUsers } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { toApiError } from "@/api/errors";
import type { Room } from "@/api/types";
import { PageHeader } from "@/app/shell/PageHeader";
import { EmptyState, ErrorState, LoadingLines } from "@/design/States";
import { PinnedStrip } from "@/sensors/pins/PinnedStrip";
import { useDirectConversation } from "@/direct/queries";
import { useMe } from "@/auth/session";
import { usePresence } from "@/presence/PresenceProvider";
import { ExportMenu } from "./ExportMenu";
import { JoinPanel } from "./JoinPanel";
import { MemberPanel } from "./MemberPanel";
import styles from "./RoomPage.module.css";
import { RoomMenu } from "./RoomMenu";
import { RoomView } from "./RoomView";
import { rememberRoom } from "./lastRoom";
import { useRoom } from "./queries";
import { roomRights } from "./rank";
import { useDurationText } from "./settings/useDurationText";

export function RoomPage() {
  const { t } = useTranslation();
  const { roomId = "" } = useParams();
  const { room, error, refetch } = useRoom(roomId);

  useEffect(() => {
    rememberRoom(roomId);
  }, [roomId]);

  if (error) {
    return (
      <>
        <PageHeader title={t("rooms.notThere")} />
        {toApiError(error).code === "not_found" ? (
          <EmptyState
            title={t("rooms.goneTitle")}
            action={
              <Button component={Link} to="/">
                {t("notFound.home")}
              </Button>
            }
          >
            {t("rooms.goneText")}
          </EmptyState>
        ) : (
          <ErrorState error={error} onRetry={() => void refetch()} />
        )}
      </>
    );
  }
  if (!room) {
    return (
      <>
        <PageHeader title="…" />
        <LoadingLines lines={8} height={44} />
      </>
    );
  }
  return <LoadedRoom key={room.id} room={room} />;
}

function LoadedRoom({ room }: { room: Room }) {
  const { t } = useTranslation();
  const wide = useMediaQuery("(min-width: 1180px)", undefined, { getInitialValueInEffect: false });
  const [membersShown, { toggle, close }] = useDisclosure(false);
  // Everybody belongs to the Lobby and enters by looking; who was put out of it, or left, has to ask.
  const [entered, setEntered] = useState(room.membership !== null);
  if (room.membership && !entered) setEntered(true);
  const direct = useDirectConversation(room.id)?.user;
  const presence = usePresence();
  const me = useMe();
  const durationText = useDurationText();
  const title = direct?.nickname ?? room.name;
  // Of a private room whoever is invited knows its name and no more.
  const readable = room.membership !== null || room.visibility === "public";
  const inside = room.membership !== null || (room.lobby && !entered);

  return (
    <>
      <PageHeader
        title={title}
        subtitle={
          direct ? (
            `@${direct.username} · ${direct.gone ? t("direct.accountGone") : t(`members.presence.${presence(direct.id)}`)}${room.membership?.muted ? ` · ${t("roomSettings.muted")}` : ""}`
          ) : (
            <>
              {t("rooms.members", { count: room.member_count })}
              {" · "}
              {t("rooms.online", { count: room.online_count })}
              {room.slow_mode_seconds > 0 && (
                <>
                  {" · "}
                  <span title={t("roomSettings.slowModeHint")}>
                    {t("roomSettings.slowModeIs", { time: durationText(room.slow_mode_seconds) })}
                  </span>
                </>
              )}
              {room.membership?.muted && ` · ${t("roomSettings.muted")}`}
              {room.topic && <span title={room.topic}>{` · ${room.topic}`}</span>}
            </>
          )
        }
        actions={
          <>
            {room.membership && <ExportMenu roomId={room.id} />}
            {readable && (
              <Tooltip label={t("rooms.showMembers")}>
                <ActionIcon
                  variant={membersShown ? "light" : "subtle"}
                  color={membersShown ? undefined : "gray"}
                  size="lg"
                  aria-label={t("rooms.showMembers")}
                  aria-expanded={membersShown}
                  onClick={toggle}
                >
                  <IconUsers size={19} />
                </ActionIcon>
              </Tooltip>
            )}
            {(room.membership ?? roomRights(room, me).moderate) && <RoomMenu room={room} />}
          </>
        }
      />
      {readable && <PinnedStrip room={room} />}
      <div className={styles.columns}>
        {inside ? <RoomView room={{ ...room, name: title }} /> : <JoinPanel room={room} />}
        {wide && membersShown && readable && (
          <aside className={styles.members} aria-label={t("rooms.memberList")}>
            <MemberPanel room={room} />
          </aside>
        )}
      </div>
      {!wide && (
        <Drawer
          position="right"
          size={320}
          opened={membersShown}
          onClose={close}
          title={t("rooms.memberList")}
        >
          <MemberPanel room={room} />
        </Drawer>
      )}
    </>
  );
}
