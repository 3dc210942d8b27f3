import { Button, Modal, TextInput } from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { IconCompass, IconHash, IconLock, IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useSearchParams } from "react-router";
import { api, request } from "@/api/client";
import { keys } from "@/api/queries";
import type { Invitation, Room } from "@/api/types";
import { PageHeader } from "@/app/shell/PageHeader";
import { EmptyState, ErrorState, LoadingLines } from "@/design/States";
import { InvitationAnswer } from "@/notices/NoticeList";
import { useInvitations } from "@/notices/queries";
import { useServerEvent } from "@/realtime/RealtimeProvider";
import { JoinForm } from "@/rooms/JoinForm";
import { MAX_ROOM_NAME } from "@/rooms/limits";
import { useRooms } from "@/rooms/queries";
import styles from "./DirectoryPage.module.css";

const TYPING_MS = 250;
const REFRESH_MS = 10_000;

/** Every public room and one's own, to browse, search and join. */
export default function DirectoryPage() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const typed = params.get("q") ?? "";
  const [query] = useDebouncedValue(typed.trim(), TYPING_MS);
  const found = useDirectory(query);
  const invitations = useInvitations().data ?? [];
  const [joined, setJoined] = useState<Room | null>(null);
  const [joining, { open, close }] = useDisclosure(false);
  const navigate = useNavigate();
  // What is followed live knows better whether one is in a room.
  const known = new Map(useRooms().data?.map((room) => [room.id, room]));
  const items = (found.data?.pages.flatMap((page) => page.items) ?? [])
    .filter(({ kind }) => kind !== "direct")
    .map((room) => ({ ...room, membership: known.get(room.id)?.membership ?? room.membership }));

  return (
    <>
      <PageHeader title={t("directory.title")} />
      <div className={styles.scroll}>
        {invitations.length > 0 && (
          <section className={styles.section} aria-label={t("nav.invitations")}>
            <h2>{t("nav.invitations")}</h2>
            <ul className={styles.list}>
              {invitations.map((invitation) => (
                <InvitationRow key={invitation.room.id} invitation={invitation} />
              ))}
            </ul>
          </section>
        )}
        <form
          className={styles.form}
          role="search"
          onSubmit={(event) => {
            event.preventDefault();
          }}
        >
          <TextInput
            type="search"
            aria-label={t("directory.search")}
            placeholder={t("directory.search")}
            leftSection={<IconSearch size={16} />}
            maxLength={MAX_ROOM_NAME}
            value={typed}
            onChange={(event) => {
              const text = event.currentTarget.value;
              setParams(text ? { q: text } : {}, { replace: true });
            }}
          />
        </form>
        {found.isPending && <LoadingLines lines={5} height={72} />}
        {found.isError && items.length === 0 && (
          <ErrorState error={found.error} onRetry={() => void found.refetch()} />
        )}
        {found.isSuccess && items.length === 0 && (
          <EmptyState icon={<IconCompass size={26} />} title={t("directory.nothingTitle")}>
            {t("directory.nothingText")}
          </EmptyState>
        )}
        <ul className={styles.list} aria-label={t("directory.title")}>
          {items.map((room) => (
            <RoomRow
              key={room.id}
              room={room}
              onJoin={() => {
                setJoined(room);
                open();
              }}
            />
          ))}
        </ul>
        {found.hasNextPage && (
          <Button
            className={styles.more}
            variant="default"
            loading={found.isFetchingNextPage}
            onClick={() => void found.fetchNextPage()}
          >
            {t("directory.more")}
          </Button>
        )}
      </div>
      <Modal opened={joining} onClose={close} title={t("rooms.join.title", { name: joined?.name ?? "" })}>
        {joined && <JoinForm room={joined} onJoined={() => void navigate(`/rooms/${joined.id}`)} />}
      </Modal>
    </>
  );
}

function RoomRow({ room, onJoin }: { room: Room; onJoin: () => void }) {
  const { t, i18n } = useTranslation();
  const Icon = room.visibility === "private" ? IconLock : IconHash;
  const full = room.member_count >= room.capacity;
  return (
    <li className={styles.room} aria-label={room.name}>
      <span className={styles.icon} aria-hidden>
        <Icon size={18} />
      </span>
      <span className={styles.facts}>
        <span className={styles.name}>
          <Link to={`/rooms/${room.id}`}>{room.name}</Link>
          {room.membership && <span className={styles.mark}>{t("directory.mine")}</span>}
          {full && (
            <span className={styles.mark} data-full>
              {t("directory.full")}
            </span>
          )}
        </span>
        {room.topic && <span className={styles.topic}>{room.topic}</span>}
        <span className={styles.counts}>
          {t("directory.places", {
            count: room.member_count,
            capacity: room.capacity.toLocaleString(i18n.language),
          })}
          {" · "}
          {t("rooms.online", { count: room.online_count })}
        </span>
      </span>
      {room.membership ? (
        <Button component={Link} to={`/rooms/${room.id}`} size="xs" variant="default">
          {t("directory.open")}
        </Button>
      ) : (
        <Button size="xs" disabled={full} onClick={onJoin}>
          {t("directory.join")}
        </Button>
      )}
    </li>
  );
}

function InvitationRow({ invitation: { room, invited_by: by } }: { invitation: Invitation }) {
  const { t } = useTranslation();
  return (
    <li className={styles.room}>
      <span className={styles.facts}>
        <span className={styles.name}>{room.name}</span>
        {room.topic && <span className={styles.topic}>{room.topic}</span>}
        <span className={styles.counts}>{t("invitations.by", { name: by.username })}</span>
      </span>
      <InvitationAnswer roomId={room.id} />
    </li>
  );
}

function useDirectory(query: string) {
  const found = useInfiniteQuery({
    queryKey: keys.directory(query),
    queryFn: ({ pageParam }) =>
      request(
        api.GET("/api/chat-rooms", {
          params: {
            query: { limit: 30, ...(query && { q: query }), ...(pageParam && { cursor: pageParam }) },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    staleTime: 0,
    // While one types, what was found stays until something else is.
    placeholderData: keepPreviousData,
    // Nobody is told of rooms that they are not in: their counts are asked for.
    refetchInterval: REFRESH_MS,
  });
  useServerEvent("room_updated", () => void found.refetch());
  return found;
}
