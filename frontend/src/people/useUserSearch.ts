import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, request } from "@/api/client";
import { keys } from "@/api/queries";
import type { User } from "@/api/types";

const TYPING_MS = 250;
const SHOWN = 8;

/** People whose user name or nickname begins with what is being typed; none for nothing. */
export function useUserSearch(typed: string): readonly User[] {
  const [query] = useDebouncedValue(typed.trim(), TYPING_MS);
  const found = useQuery({
    queryKey: keys.userSearch(query),
    queryFn: async () => {
      const { items } = await request(
        api.GET("/api/users/search", { params: { query: { q: query, limit: SHOWN } } }),
      );
      return items;
    },
    enabled: query !== "",
    placeholderData: keepPreviousData,
  });
  return query === "" ? [] : (found.data ?? []);
}
