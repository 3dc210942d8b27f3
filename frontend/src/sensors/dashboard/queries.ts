import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useRef } from "react";
import { api, request } from "@/api/client";
import { keys } from "@/api/queries";
import type { Dashboard, Tile } from "@/api/types";
import { useNotifyError } from "@/design/useNotifyError";
import { useConnected, useServerEvent } from "@/realtime/RealtimeProvider";

/** Changes that follow one another within this are stored as one. */
const SAVE_AFTER_MS = 400;
const ARRANGING = ["arrange"];

/** One's own arrangement, in step with one's other devices. */
export function useDashboard() {
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: keys.dashboard,
    queryFn: async () => (await request(api.GET("/api/dashboard"))).dashboard,
  });
  useServerEvent("dashboard_updated", ({ dashboard }) => {
    // What is being changed here comes after whatever was stored before.
    if (queries.isMutating({ mutationKey: ARRANGING }) > 0) return;
    queries.setQueryData<Dashboard>(keys.dashboard, (known) =>
      known && known.version >= dashboard.version ? known : dashboard,
    );
  });
  useConnected(() => void query.refetch());
  return query;
}

/** Shows another arrangement at once, and stores it soon; at the latest when the component goes. */
export function useArrange(): (tiles: Tile[]) => void {
  const queries = useQueryClient();
  const notifyError = useNotifyError();
  const waiting = useRef<{ tiles: Tile[]; timer: ReturnType<typeof setTimeout> } | null>(null);
  const { mutate } = useMutation({
    mutationKey: ARRANGING,
    mutationFn: async (tiles: Tile[]) =>
      (await request(api.PUT("/api/dashboard", { body: { tiles } }))).dashboard,
    onSuccess: (dashboard) => {
      if (!waiting.current) queries.setQueryData(keys.dashboard, dashboard);
    },
    onError: (error) => {
      notifyError(error);
      void queries.invalidateQueries({ queryKey: keys.dashboard });
    },
  });
  const save = useEffectEvent(() => {
    if (!waiting.current) return;
    clearTimeout(waiting.current.timer);
    const { tiles } = waiting.current;
    waiting.current = null;
    mutate(tiles);
  });
  useEffect(
    () => () => {
      save();
    },
    [],
  );
  return (tiles) => {
    clearTimeout(waiting.current?.timer);
    const timer = setTimeout(() => {
      waiting.current = null;
      mutate(tiles);
    }, SAVE_AFTER_MS);
    waiting.current = { tiles, timer };
    queries.setQueryData<Dashboard>(keys.dashboard, (known) => ({ version: known?.version ?? 0, tiles }));
  };
}
