import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, request } from "@/api/client";
import { keys } from "@/api/queries";
import type { FilterWord } from "@/api/types";

export type NewWord = Pick<FilterWord, "word" | "action" | "where">;

const PAGE = 100;

export function useFilterWords() {
  return useInfiniteQuery({
    queryKey: keys.filterWords,
    queryFn: ({ pageParam }) =>
      request(
        api.GET("/api/admin/content-filter", {
          params: { query: { limit: PAGE, ...(pageParam && { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

function useWordMutation<Input>(mutationFn: (input: Input) => Promise<unknown>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn,
    // After a failure too: somebody else may have changed the list.
    onSettled: () => queries.invalidateQueries({ queryKey: keys.filterWords }),
  });
}

const add = (body: NewWord) => request(api.POST("/api/admin/content-filter", { body }));
const remove = (id: string) =>
  request(api.DELETE("/api/admin/content-filter/{word_id}", { params: { path: { word_id: id } } }));

export function useAddWord() {
  return useWordMutation(add);
}

export function useRemoveWord() {
  return useWordMutation(remove);
}

export function useChangeWord() {
  return useWordMutation(({ id, change }: { id: string; change: Partial<NewWord> }) =>
    request(
      api.PATCH("/api/admin/content-filter/{word_id}", { params: { path: { word_id: id } }, body: change }),
    ),
  );
}

export function useTryFilter() {
  return useMutation({
    mutationFn: (text: string) => request(api.POST("/api/admin/content-filter/check", { body: { text } })),
  });
}

export function useFlags(resolved: boolean) {
  return useInfiniteQuery({
    queryKey: keys.flags(resolved),
    queryFn: ({ pageParam }) =>
      request(
        api.GET("/api/admin/content-filter/flags", {
          params: {
            query: { limit: 50, resolved: resolved ? "1" : "0", ...(pageParam && { cursor: pageParam }) },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    staleTime: 0,
  });
}

export function useResolveFlag() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      request(
        api.POST("/api/admin/content-filter/flags/{flag_id}/resolve", { params: { path: { flag_id: id } } }),
      ),
    onSuccess: () =>
      Promise.all([true, false].map((done) => queries.invalidateQueries({ queryKey: keys.flags(done) }))),
  });
}
