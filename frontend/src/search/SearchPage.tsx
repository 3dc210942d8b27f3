import { Button, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { api, request } from "@/api/client";
import { keys } from "@/api/queries";
import type { Message } from "@/api/types";
import { PageHeader } from "@/app/shell/PageHeader";
import { momentText } from "@/alerts/times";
import { EmptyState, ErrorState, LoadingLines } from "@/design/States";
import { useDirectConversations } from "@/direct/queries";
import { fullTime } from "@/lib/time";
import { PersonSelect } from "@/people/PersonSelect";
import { useRooms } from "@/rooms/queries";
import styles from "./SearchPage.module.css";
import { type FilterName, type SearchFilters, readFilters, timesOf, withFilter } from "./filters";
import { highlight } from "./highlight";

const TYPING_MS = 250;

/** Searches in the messages of all of one's rooms. */
export default function SearchPage() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const filters = readFilters(params);
  // The address follows what is typed after a moment: a page of history for each letter would be in the way.
  const [typed, setTyped] = useState(filters.query);
  const names = useRoomNames();
  const found = useSearch(filters);
  const { query } = filters;
  const set = (name: FilterName, value: string | null) => {
    setParams((before) => withFilter(before, name, value), { replace: true });
  };
  const search = useDebouncedCallback((text: string) => {
    set("q", text.trim());
  }, TYPING_MS);
  const messages = found.data?.pages.flatMap((page) => page.items) ?? [];

  return (
    <>
      <PageHeader title={t("search.title")} />
      <div className={styles.scroll}>
        <form
          className={styles.form}
          role="search"
          onSubmit={(event) => {
            event.preventDefault();
          }}
        >
          <TextInput
            autoFocus
            type="search"
            aria-label={t("search.words")}
            placeholder={t("search.words")}
            leftSection={<IconSearch size={16} />}
            maxLength={200}
            value={typed}
            onChange={(event) => {
              setTyped(event.currentTarget.value);
              search(event.currentTarget.value);
            }}
          />
          <Select
            aria-label={t("search.room")}
            placeholder={t("search.everywhere")}
            clearable
            searchable
            data={[...names].map(([value, label]) => ({ value, label }))}
            value={filters.roomId}
            onChange={(roomId) => {
              set("room", roomId);
            }}
          />
          <PersonSelect
            label={t("search.author")}
            placeholder={t("search.anybody")}
            value={filters.authorId}
            onChange={(authorId) => {
              set("author", authorId);
            }}
          />
          <label className={styles.day}>
            {t("search.from")}
            <TextInput
              type="date"
              max={filters.to ?? undefined}
              value={filters.from ?? ""}
              onChange={(event) => {
                set("from", event.currentTarget.value);
              }}
            />
          </label>
          <label className={styles.day}>
            {t("search.to")}
            <TextInput
              type="date"
              min={filters.from ?? undefined}
              value={filters.to ?? ""}
              onChange={(event) => {
                set("to", event.currentTarget.value);
              }}
            />
          </label>
        </form>
        {query !== "" && found.isPending && <LoadingLines lines={4} height={56} />}
        {found.isError && <ErrorState error={found.error} onRetry={() => void found.refetch()} />}
        {found.isSuccess && messages.length === 0 && !found.hasNextPage && (
          <EmptyState icon={<IconSearch size={26} />} title={t("search.nothingTitle")}>
            {t("search.nothingText")}
          </EmptyState>
        )}
        <ul className={styles.results} aria-label={t("search.results")}>
          {messages.map((message) => (
            <Result
              key={message.id}
              message={message}
              roomName={names.get(message.room_id) ?? ""}
              query={query}
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
            {t("search.more")}
          </Button>
        )}
      </div>
    </>
  );
}

function Result({ message, roomName, query }: { message: Message; roomName: string; query: string }) {
  const { i18n } = useTranslation();
  const at = new Date(message.created_at);
  return (
    <li>
      <Link className={styles.result} to={`/rooms/${message.room_id}?m=${message.seq}`}>
        <span className={styles.head}>
          <span className={styles.nickname}>{message.nickname}</span>
          <span>{roomName}</span>
          <time dateTime={message.created_at} title={fullTime(at, i18n.language)}>
            {momentText(at, new Date(), i18n.language)}
          </time>
        </span>
        <p className={styles.body} dir="auto">
          {highlight(message.body, query).map((part, index) =>
            part.hit ? <mark key={index}>{part.text}</mark> : part.text,
          )}
        </p>
      </Link>
    </li>
  );
}

/** The names of one's rooms by id; a private conversation has the other person's. */
function useRoomNames(): Map<string, string> {
  const rooms = useRooms();
  const conversations = useDirectConversations();
  const own = rooms.data?.filter(({ membership }) => membership) ?? [];
  return new Map([
    ...own.map(({ id, name }) => [id, name] as const),
    ...(conversations.data ?? []).map(({ room, user }) => [room.id, user?.nickname ?? room.name] as const),
  ]);
}

function useSearch(filters: SearchFilters) {
  return useInfiniteQuery({
    queryKey: keys.search(filters),
    queryFn: ({ pageParam }) =>
      request(
        api.GET("/api/messages/search", {
          params: {
            query: {
              q: filters.query,
              ...(filters.roomId && { room_id: filters.roomId }),
              ...(filters.authorId && { author_id: filters.authorId }),
              ...timesOf(filters),
              ...(pageParam && { cursor: pageParam }),
            },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    enabled: filters.query !== "",
  });
}
