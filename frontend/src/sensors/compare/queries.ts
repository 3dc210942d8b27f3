import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { api, request } from "@/api/client";
import { keys } from "@/api/queries";
import { isLocale } from "@/i18n/locale";
import { chartWidth } from "../chartLook";
import type { ChartSpec } from "../chartSpec";
import { type Range, SPAN_MS } from "../chartWindow";
import { ownZone } from "../timeZones";
import { LEAST_COMPARED } from "./selection";

/** How often a job is asked for while it is not done. */
const POLL_MS = 700;

interface Look {
  theme: "light" | "dark";
  language: string;
}

export function useComparison(sensors: readonly string[], range: Range, { theme, language }: Look) {
  const locale = isLocale(language) ? language : "en";
  return useQuery({
    queryKey: keys.comparison(sensors.join(","), range, theme, locale),
    queryFn: async ({ signal }) => {
      const query = { sensors: sensors.join(","), range, theme, locale, width: chartWidth() };
      return (await request(api.GET("/api/charts", { params: { query }, signal }))) as unknown as ChartSpec;
    },
    enabled: sensors.length >= LEAST_COMPARED,
    placeholderData: keepPreviousData,
    refetchInterval: Math.max(15_000, Math.min(600_000, SPAN_MS[range] / 4_000)),
  });
}

export interface WantedPicture extends Look {
  sensors: string[];
  range: Range;
}

/** Has a picture drawn in the background; gives the job. */
export function useDrawPicture() {
  return useMutation({
    mutationFn: async ({ sensors, range, theme, language }: WantedPicture) => {
      const locale = isLocale(language) ? language : "en";
      const look = { theme, locale, tz: ownZone(), width: 1_000, height: 420 } as const;
      const body = { sensor_ids: sensors, range, format: "png" as const, ...look };
      return (await request(api.POST("/api/charts", { body }))).job;
    },
  });
}

/** A job by its id, asked for until it is done. */
export function useJob(jobId: string) {
  return useQuery({
    queryKey: keys.job(jobId),
    queryFn: async () =>
      (await request(api.GET("/api/jobs/{job_id}", { params: { path: { job_id: jobId } } }))).job,
    staleTime: 0,
    refetchInterval: ({ state: { data, error } }) =>
      !error && data?.status !== "done" && data?.status !== "failed" && POLL_MS,
  });
}
