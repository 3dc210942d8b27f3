import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { api, request } from "@/api/client";
import { ApiError } from "@/api/errors";
import { keys } from "@/api/queries";

/** What administrators watch is asked for this often, as long as they look. */
const REFRESH_MS = 4_000;
const JOBS = 30;

export type JobStatus = "queued" | "running" | "done" | "failed";

export function useServerStats() {
  return useQuery({
    queryKey: keys.serverStats,
    queryFn: () => request(api.GET("/api/admin/stats")),
    staleTime: 0,
    refetchInterval: REFRESH_MS,
  });
}

/** The newest jobs of everyone, of one state or (null) all, and who works on them. */
export function useJobs(status: JobStatus | null) {
  return useQuery({
    queryKey: keys.adminJobs(status),
    queryFn: () =>
      request(api.GET("/api/admin/jobs", { params: { query: { limit: JOBS, ...(status && { status }) } } })),
    staleTime: 0,
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
}

/** Makes the link by which the person of that user name sets a new password. */
export function useMakePasswordLink() {
  return useMutation({
    mutationFn: async (username: string) => {
      const wanted = username.normalize("NFKC").toLowerCase();
      const { items } = await request(api.GET("/api/users/search", { params: { query: { q: username } } }));
      const found = items.find((user) => user.username.toLowerCase() === wanted);
      if (!found) throw new ApiError("not_found");
      const { link } = await request(
        api.POST("/api/admin/users/{user_id}/password-link", { params: { path: { user_id: found.id } } }),
      );
      return { username: found.username, url: window.location.origin + link.path };
    },
  });
}
