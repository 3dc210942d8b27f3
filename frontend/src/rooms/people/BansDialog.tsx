import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Room } from "@/api/types";
import { Avatar } from "@/design/Avatar";
import { ErrorState, LoadingLines } from "@/design/States";
import { useNotifyError } from "@/design/useNotifyError";
import { fullTime } from "@/lib/time";
import styles from "./PeopleDialogs.module.css";
import { useBans, useUnban } from "./queries";

/** Who may not join a room, why and until when. */
export default function BansDialog({ room }: { room: Room }) {
  const { t, i18n } = useTranslation();
  const bans = useBans(room.id);
  const unban = useUnban(room.id);
  const notifyError = useNotifyError();
  if (bans.isPending) return <LoadingLines lines={3} height={44} />;
  if (bans.isError) return <ErrorState error={bans.error} onRetry={() => void bans.refetch()} />;
  if (bans.data.length === 0) return <p className={styles.nothing}>{t("bans.none")}</p>;
  return (
    <ul className={styles.list}>
      {bans.data.map(({ user, reason, banned_by: by, until }) => (
        <li key={user.id} className={styles.person}>
          <Avatar id={user.id} name={user.username} size={32} />
          <span className={styles.names}>
            <span className={styles.name}>{user.username}</span>
            {reason && <span className={styles.reason}>{reason}</span>}
            <span className={styles.state}>
              {by && `${t("bans.by", { name: by.username })} · `}
              {until
                ? t("bans.until", { time: fullTime(new Date(until), i18n.language) })
                : t("bans.forGood")}
            </span>
          </span>
          <Button
            size="xs"
            variant="default"
            onClick={() => {
              unban.mutate(user.id, { onError: notifyError });
            }}
          >
            {t("bans.lift")}
          </Button>
        </li>
      ))}
    </ul>
  );
}
