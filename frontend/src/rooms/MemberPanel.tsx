import { useTranslation } from "react-i18next";
import type { Member } from "@/api/types";
import { Avatar } from "@/design/Avatar";
import { ErrorState, LoadingLines } from "@/design/States";
import { useOnlineIds } from "@/presence/PresenceProvider";
import styles from "./MemberPanel.module.css";
import { useMembers } from "./queries";

export function MemberPanel({ roomId }: { roomId: string }) {
  const { t, i18n } = useTranslation();
  const members = useMembers(roomId);
  const onlineIds = useOnlineIds();
  if (members.isPending) return <LoadingLines lines={6} height={36} />;
  if (members.isError) return <ErrorState error={members.error} onRetry={() => void members.refetch()} />;
  const sorted = members.data.toSorted((one, other) =>
    one.nickname.localeCompare(other.nickname, i18n.language),
  );
  const online = sorted.filter((member) => onlineIds.has(member.user.id));
  const offline = sorted.filter((member) => !onlineIds.has(member.user.id));
  return (
    <>
      <Section title={t("rooms.onlineCount", { count: online.length })} members={online} online />
      <Section title={t("rooms.offlineCount", { count: offline.length })} members={offline} online={false} />
    </>
  );
}

function Section({ title, members, online }: { title: string; members: readonly Member[]; online: boolean }) {
  const { t } = useTranslation();
  if (members.length === 0) return null;
  return (
    <section>
      <h2 className={styles.heading}>{title}</h2>
      <ul className={styles.list}>
        {members.map(({ user, nickname, role }) => (
          <li key={user.id} className={styles.member} data-online={online}>
            <Avatar id={user.id} name={nickname} size={32} online={online} />
            <span className={styles.names}>
              <span className={styles.nickname}>{nickname}</span>
              {nickname !== user.username && <span className={styles.username}>@{user.username}</span>}
            </span>
            {role !== "member" && <span className={styles.role}>{t(`rooms.roles.${role}`)}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
