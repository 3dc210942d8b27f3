/** Alert rules, alerts and silences. All of it lies below one key: a push makes the whole of it stale. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { allPages, api, request } from "@/api/client";
import { keys } from "@/api/queries";
import type { AlertRule, SensorAlert, Silence } from "@/api/types";

const PAGE = 30;

/** What a rule is made of, as the server takes it. */
export interface RuleBody {
  when: AlertRule["when"];
  threshold: number | null;
  for_seconds: number;
  hysteresis: number;
  window_seconds: number;
  /** Left out: the room that it has. */
  room_id?: string;
  name: string | null;
  severity: AlertRule["severity"];
  mail: boolean;
}

/** What a silence is about: exactly one of them. */
export type SilenceTarget = { rule_id: string } | { sensor_id: string };

export function useAlertRules(sensorId: string) {
  return useQuery({
    queryKey: keys.alertRules(sensorId),
    queryFn: async () => {
      const params = { path: { sensor_id: sensorId } };
      return (await request(api.GET("/api/sensors/{sensor_id}/alert-rules", { params }))).items;
    },
  });
}

export function useAlertRule(ruleId: string | null) {
  return useQuery({
    queryKey: keys.alertRule(ruleId ?? ""),
    queryFn: async () => {
      const params = { path: { rule_id: ruleId ?? "" } };
      return (await request(api.GET("/api/alert-rules/{rule_id}", { params }))).rule;
    },
    enabled: ruleId !== null,
  });
}

/** The alerts that are not over: of a sensor, else those of one's rooms and one's own sensors. */
export function useOpenAlerts(sensorId: string | null = null) {
  return useQuery({
    queryKey: keys.openAlerts(sensorId),
    queryFn: () =>
      allPages<SensorAlert>((cursor) =>
        request(
          api.GET("/api/alerts", {
            params: {
              query: {
                state: "open",
                limit: 100,
                ...(sensorId && { sensor_id: sensorId }),
                ...(cursor && { cursor }),
              },
            },
          }),
        ),
      ),
  });
}

/** How many alerts nobody has acknowledged. */
export function useFiringCount(): number {
  return useOpenAlerts().data?.filter(({ state }) => state === "firing").length ?? 0;
}

/** The alerts that are over, newest first. */
export function useResolvedAlerts(sensorId: string | null, wanted: boolean) {
  return useInfiniteQuery({
    queryKey: keys.resolvedAlerts(sensorId),
    queryFn: ({ pageParam }) =>
      request(
        api.GET("/api/alerts", {
          params: {
            query: {
              state: "resolved",
              limit: PAGE,
              ...(sensorId && { sensor_id: sensorId }),
              ...(pageParam && { cursor: pageParam }),
            },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    enabled: wanted,
  });
}

/** The silences that hold now: of a sensor with its rules and its device, else those that one may end. */
export function useSilences(sensorId: string | null = null) {
  return useQuery({
    queryKey: keys.silences(sensorId),
    queryFn: () =>
      allPages<Silence>((cursor) =>
        request(
          api.GET("/api/silences", {
            params: {
              query: { limit: 100, ...(sensorId && { sensor_id: sensorId }), ...(cursor && { cursor }) },
            },
          }),
        ),
      ),
  });
}

function useAlertMutation<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.alerts }),
  });
}

/** Makes a rule of a sensor, or (with an id) changes one. */
export function useSaveRule(sensorId: string) {
  return useAlertMutation(({ id, body }: { id: string | null; body: RuleBody }) =>
    id === null
      ? request(
          api.POST("/api/sensors/{sensor_id}/alert-rules", {
            params: { path: { sensor_id: sensorId } },
            // The form asks for the room of a new rule; the server refuses one without.
            body: { ...body, room_id: body.room_id ?? "" },
          }),
        )
      : request(api.PATCH("/api/alert-rules/{rule_id}", { params: { path: { rule_id: id } }, body })),
  );
}

export function useEnableRule() {
  return useAlertMutation(({ id, enabled }: { id: string; enabled: boolean }) =>
    request(
      api.PATCH("/api/alert-rules/{rule_id}", { params: { path: { rule_id: id } }, body: { enabled } }),
    ),
  );
}

export function useDeleteRule() {
  return useAlertMutation((ruleId: string) =>
    request(api.DELETE("/api/alert-rules/{rule_id}", { params: { path: { rule_id: ruleId } } })),
  );
}

export function useAcknowledge() {
  return useAlertMutation((alertId: string) =>
    request(api.POST("/api/alerts/{alert_id}/acknowledge", { params: { path: { alert_id: alertId } } })),
  );
}

export function useSilence() {
  return useAlertMutation(({ target, until }: { target: SilenceTarget; until: Date }) =>
    request(api.POST("/api/silences", { body: { ...target, until: until.toISOString() } })),
  );
}

export function useEndSilence() {
  return useAlertMutation((silenceId: string) =>
    request(api.DELETE("/api/silences/{silence_id}", { params: { path: { silence_id: silenceId } } })),
  );
}
