import { queryOptions } from "@tanstack/react-query";
import { allPages, api, request } from "@/api/client";
import { keys } from "@/api/queries";
import type { Room } from "@/api/types";

/** The public rooms and one's own. */
export const roomsQuery = queryOptions({
  queryKey: keys.rooms,
  queryFn: () =>
    allPages<Room>((cursor) =>
      request(api.GET("/api/chat-rooms", { params: { query: { limit: 100, ...(cursor && { cursor }) } } })),
    ),
});
