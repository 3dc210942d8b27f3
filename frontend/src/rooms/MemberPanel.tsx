import { Button, TextInput } from "@mantine/core";
import { useDebouncedValue, useIntersection } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Member, Room } from "@/api/types";
import { useMe } from "@/auth/session";
import { Avatar } from "@/design/Avatar";
import { ErrorState, LoadingLines } from "@/design/States";
import { useBlocked } from "@/people/queries";
import { usePresence } from "@/presence/PresenceProvider";
import styles from "./MemberPanel.module.css";
import { MAX_NICKNAME } from "./limits";
import { MemberMenu } from "./people/MemberMenu";
import { useMemberPages } from "./people/queries";
import { type PersonAction, useMemberActing } from "./people/useMemberActing";
import { memberActions } from "./rank";

const TYPING_MS = 200;
/** Fewer can be seen at a glance. */
const SEARCHED_FROM = 12;
const ROLES = ["owner", "moderator", "member"] as const;

/** Who is in a room, what they are there and whether they are online; as many as are scrolled to. */
export function MemberPanel({ room }: { room: Room }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const [query] = useDebouncedValue(typed.trim(), TYPING_MS);
  const members = useMemberPages(room.id, query);
  const { act, dialog } = useMemberActing(room);
  const { ref, entry } = useIntersection({ rootMargin: "200px" });
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = members;

  useEffect(() => {
    if (entry?.isIntersecting && hasNextPage && !isFetchingNextPage && !isFetchNextPageError)
      void fetchNextPage();
  }, [entry, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);

  const found = members.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      {(room.member_count >= SEARCHED_FROM || typed !== "") && (
        <TextInput
          className={styles.search}
          size="sm"
          type="search"
          aria-label={t("members.search")}
          placeholder={t("members.search")}
          leftSection={<IconSearch size={15} />}
          maxLength={MAX_NICKNAME}
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
          }}
        />
      )}
      {members.isPending && <LoadingLines lines={6} height={36} />}
      {members.isError && found.length === 0 && (
        <ErrorState error={members.error} onRetry={() => void members.refetch()} />
      )}
      {members.isSuccess && found.length === 0 && (
        <p role="status" className={styles.nobody}>
          {t("members.nobody")}
        </p>
      )}
      {ROLES.map((role) => (
        <Section
          key={role}
          title={t(`members.roles.${role}`)}
          room={room}
          members={found.filter((member) => member.role === role)}
          onAct={act}
        />
      ))}
      {isFetchNextPageError && (
        <Button variant="default" size="xs" onClick={() => void fetchNextPage()}>
          {t("actions.retry")}
        </Button>
      )}
      <div ref={ref} aria-hidden className={styles.end} />
      {dialog}
    </>
  );
}

interface SectionProps {
  title: string;
  room: Room;
  members: readonly Member[];
  onAct: (action: PersonAction, member: Member) => void;
}

function Section({ title, room, members, onAct }: SectionProps) {
  const { t } = useTranslation();
  const me = useMe();
  const presence = usePresence();
  const blocked = useBlocked().data;
  if (members.length === 0) return null;
  return (
    <section aria-label={title}>
      <h2 className={styles.heading}>{title}</h2>
      <ul className={styles.list}>
        {members.map((member) => {
          const { user, nickname } = member;
          const state = presence(user.id);
          return (
            <li key={user.id} className={styles.member} data-online={state !== "offline"}>
              <Avatar
                id={user.id}
                name={nickname}
                size={32}
                online={state !== "offline"}
                away={state === "away"}
              />
              <span className={styles.names}>
                <span className={styles.nickname}>{nickname}</span>
                <span className={styles.username}>
                  {nickname !== user.username && `@${user.username} · `}
                  {user.id === me.id
                    ? t("members.you")
                    : blocked?.some((each) => each.user.id === user.id)
                      ? t("members.blocked")
                      : t(`members.presence.${state}`)}
                </span>
              </span>
              {(user.id !== me.id || memberActions(room, me, member).length > 0) && (
                <MemberMenu room={room} member={member} onAct={onAct} />
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
