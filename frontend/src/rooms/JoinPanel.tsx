import { Button } from "@mantine/core";
import { IconUsersGroup } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { Room } from "@/api/types";
import { useMe } from "@/auth/session";
import { EmptyState } from "@/design/States";
import { useNotifyError } from "@/design/useNotifyError";
import { useDeclineInvitation, useInvitations } from "@/notices/queries";
import { JoinForm } from "./JoinForm";
import styles from "./JoinPanel.module.css";

/** A room that one is not in yet, who asked one into it, and the name under which one would be. */
export function JoinPanel({ room }: { room: Room }) {
  const { t } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const notifyError = useNotifyError();
  const invitation = useInvitations().data?.find((each) => each.room.id === room.id);
  const decline = useDeclineInvitation();

  return (
    <EmptyState icon={<IconUsersGroup size={26} />} title={t("rooms.join.title", { name: room.name })}>
      {room.topic && <p className={styles.topic}>{room.topic}</p>}
      {invitation && (
        <div className={styles.invited}>
          <span>{t("rooms.join.invited", { name: invitation.invited_by.username })}</span>
          <Button
            size="compact-sm"
            variant="subtle"
            color="gray"
            loading={decline.isPending}
            onClick={() => {
              decline
                .mutateAsync({ roomId: room.id, myId: me.id })
                .then(() => (room.visibility === "private" ? navigate("/rooms") : undefined))
                .catch(notifyError);
            }}
          >
            {t("people.reject")}
          </Button>
        </div>
      )}
      <JoinForm room={room} />
    </EmptyState>
  );
}
