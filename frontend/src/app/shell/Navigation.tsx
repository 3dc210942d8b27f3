import { ActionIcon, Modal, Skeleton, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconActivity,
  IconAlertTriangle,
  IconCompass,
  IconCpu,
  IconHash,
  IconLock,
  IconMailOpened,
  IconPlus,
  IconSearch,
  IconUsers,
} from "@tabler/icons-react";
import { type ReactNode, Suspense, lazy } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, useNavigate } from "react-router";
import { FiringBadge } from "@/alerts/FiringBadge";
import type { Conversation, Room } from "@/api/types";
import { useMe } from "@/auth/session";
import { Avatar } from "@/design/Avatar";
import { Mark } from "@/design/Mark";
import { LoadingLines } from "@/design/States";
import { useDirectConversations } from "@/direct/queries";
import { usePreview } from "@/direct/usePreview";
import { NoticeBell } from "@/notices/NoticeBell";
import { useInvitations } from "@/notices/queries";
import { useFriendRequests } from "@/people/queries";
import { usePresence } from "@/presence/PresenceProvider";
import { useRooms } from "@/rooms/queries";
import { badgeText, unreadCount } from "@/rooms/unread";
import { AccountMenu } from "./AccountMenu";
import styles from "./Navigation.module.css";

/** Of the rooms that one is not in; the directory has them all. */
const OTHERS_SHOWN = 6;

// Most visits open no dialog.
const CreateRoomForm = lazy(() => import("@/rooms/CreateRoomForm"));

interface Props {
  /** Called when a link was followed, for a drawer to close. */
  onNavigate?: () => void;
}

export function Navigation({ onNavigate }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const rooms = useRooms();
  const [creating, { open: create, close: closeCreate }] = useDisclosure(false);
  // Private conversations are listed by who they are with.
  const own = rooms.data?.filter((room) => room.membership && room.kind !== "direct") ?? [];
  const others = rooms.data?.filter((room) => !room.membership && room.visibility === "public") ?? [];
  const conversations = useDirectConversations();
  const invitations = useInvitations().data ?? [];

  return (
    <nav className={styles.navigation} aria-label={t("nav.label")}>
      <div className={styles.brand}>
        <Mark />
        <span className={styles.name}>Fieldroom</span>
        <span className={styles.bell}>
          <NoticeBell onNavigate={onNavigate} />
        </span>
      </div>

      <div className={styles.scroll}>
        <Section title="">
          <Item to="/search" icon={<IconSearch size={17} />} onNavigate={onNavigate}>
            {t("search.title")}
          </Item>
        </Section>
        <Section
          title={t("nav.rooms")}
          action={
            <Tooltip label={t("rooms.create.title")}>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="sm"
                aria-label={t("rooms.create.title")}
                onClick={create}
              >
                <IconPlus size={16} />
              </ActionIcon>
            </Tooltip>
          }
        >
          {rooms.isPending &&
            [70, 55, 80].map((width) => <Skeleton key={width} height={18} width={`${width}%`} m={8} />)}
          {rooms.isError && (
            <li>
              <button
                type="button"
                className={styles.failed}
                onClick={() => {
                  void rooms.refetch();
                }}
              >
                {t("nav.roomsFailed")}
              </button>
            </li>
          )}
          {own.map((room) => (
            <RoomLink key={room.id} room={room} onNavigate={onNavigate} />
          ))}
        </Section>

        {invitations.length > 0 && (
          <Section title={t("nav.invitations")}>
            {invitations.map(({ room }) => (
              <Item
                key={room.id}
                to={`/rooms/${room.id}`}
                icon={<IconMailOpened size={17} />}
                onNavigate={onNavigate}
                strong
              >
                {room.name}
              </Item>
            ))}
          </Section>
        )}

        <Section title={t("nav.moreRooms")}>
          {others.slice(0, OTHERS_SHOWN).map((room) => (
            <RoomLink key={room.id} room={room} onNavigate={onNavigate} />
          ))}
          <Item to="/rooms" end icon={<IconCompass size={17} />} onNavigate={onNavigate}>
            {t("nav.browse")}
          </Item>
        </Section>

        <Section title={t("nav.people")}>
          {conversations.data?.map((conversation) => (
            <PersonLink key={conversation.room.id} conversation={conversation} onNavigate={onNavigate} />
          ))}
          <FriendsLink onNavigate={onNavigate} />
        </Section>

        <Section title={t("nav.sensors")}>
          <Item to="/sensors" icon={<IconActivity size={17} />} onNavigate={onNavigate}>
            {t("nav.live")}
          </Item>
          <Item
            to="/alerts"
            icon={<IconAlertTriangle size={17} />}
            onNavigate={onNavigate}
            trailing={<FiringBadge />}
          >
            {t("alerts.title")}
          </Item>
          <Item to="/devices" icon={<IconCpu size={17} />} onNavigate={onNavigate}>
            {t("nav.devices")}
          </Item>
        </Section>
      </div>

      <AccountMenu onNavigate={onNavigate} />
      <Modal opened={creating} onClose={closeCreate} title={t("rooms.create.title")}>
        <Suspense fallback={<LoadingLines />}>
          <CreateRoomForm
            onClose={closeCreate}
            onCreated={(room) => {
              onNavigate?.();
              void navigate(`/rooms/${room.id}`);
            }}
          />
        </Suspense>
      </Modal>
    </nav>
  );
}

function Section({ title, action, children }: { title: string; action?: ReactNode; children: ReactNode }) {
  return (
    <section className={styles.section}>
      {title !== "" && (
        <div className={styles.sectionHead}>
          <h2>{title}</h2>
          {action}
        </div>
      )}
      <ul className={styles.list}>{children}</ul>
    </section>
  );
}

interface ItemProps extends Props {
  to: string;
  icon: ReactNode;
  children: ReactNode;
  trailing?: ReactNode;
  strong?: boolean;
  /** Not the current one for what is below it. */
  end?: boolean;
}

function Item({ to, icon, children, trailing, strong = false, end = false, onNavigate }: ItemProps) {
  return (
    <li>
      <NavLink
        to={to}
        end={end}
        className={styles.item}
        data-strong={strong || undefined}
        onClick={onNavigate}
      >
        <span className={styles.icon} aria-hidden>
          {icon}
        </span>
        <span className={styles.label}>{children}</span>
        {trailing}
      </NavLink>
    </li>
  );
}

function FriendsLink({ onNavigate }: Props) {
  const { t } = useTranslation();
  const me = useMe();
  const waiting = useFriendRequests().data?.filter(({ receiver }) => receiver.id === me.id).length ?? 0;
  return (
    <Item
      to="/people"
      icon={<IconUsers size={17} />}
      onNavigate={onNavigate}
      strong={waiting > 0}
      trailing={
        waiting > 0 && (
          <span className={styles.badge} aria-label={t("people.waiting", { count: waiting })}>
            {badgeText(waiting)}
          </span>
        )
      }
    >
      {t("people.title")}
    </Item>
  );
}

function PersonLink({ conversation, onNavigate }: Props & { conversation: Conversation }) {
  const { t } = useTranslation();
  const presence = usePresence();
  const me = useMe();
  const preview = usePreview();
  const { room, user, last_message: last } = conversation;
  // What is read here is known of the room at once, of the conversation when it is asked for again.
  const known = useRooms().data?.find(({ id }) => id === room.id);
  const unread = known ? unreadCount(known) : conversation.unread;
  const name = user?.nickname ?? room.name;
  return (
    <Item
      to={`/rooms/${room.id}`}
      icon={
        <Avatar
          id={user?.id ?? room.id}
          name={name}
          size={28}
          {...(user && {
            online: presence(user.id) !== "offline",
            away: presence(user.id) === "away",
          })}
        />
      }
      onNavigate={onNavigate}
      strong={unread > 0}
      trailing={
        unread > 0 && (
          <span className={styles.badge} aria-label={t("rooms.unread", { count: unread })}>
            {badgeText(unread)}
          </span>
        )
      }
    >
      <span className={styles.person}>{name}</span>
      {last && <span className={styles.preview}>{preview(last, me.id)}</span>}
    </Item>
  );
}

function RoomLink({ room, onNavigate }: Props & { room: Room }) {
  const { t } = useTranslation();
  const unread = unreadCount(room);
  const muted = room.membership?.muted ?? false;
  const Icon = room.visibility === "private" ? IconLock : IconHash;
  return (
    <Item
      to={`/rooms/${room.id}`}
      icon={<Icon size={17} />}
      onNavigate={onNavigate}
      strong={unread > 0 && !muted}
      trailing={
        unread > 0 ? (
          <span
            className={styles.badge}
            data-muted={muted || undefined}
            aria-label={t("rooms.unread", { count: unread })}
          >
            {badgeText(unread)}
          </span>
        ) : (
          room.online_count > 0 && (
            <span className={styles.online} title={t("rooms.online", { count: room.online_count })}>
              <span className={styles.onlineDot} aria-hidden />
              <span aria-hidden>{room.online_count}</span>
              <span className={styles.hidden}>{t("rooms.online", { count: room.online_count })}</span>
            </span>
          )
        )
      }
    >
      {room.name}
    </Item>
  );
}
