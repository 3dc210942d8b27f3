import { useQuery } from "@tanstack/react-query";
import { allPages, api, request } from "@/api/client";
import { keys } from "@/api/queries";
import type { Sensor } from "@/api/types";

export const ranges = ["1h", "24h", "7d", "30d", "1y"] as const;
export type Range = (typeof ranges)[number];

export function isRange(text: string | null): text is Range {
  return ranges.includes(text as Range);
}

export function useSensors() {
  return useQuery({
    queryKey: keys.sensors,
    queryFn: () =>
      allPages<Sensor>((cursor) =>
        request(api.GET("/api/sensors", { params: { query: { limit: 100, ...(cursor && { cursor }) } } })),
      ),
  });
}

export function useSensor(sensorId: string) {
  return useQuery({
    queryKey: keys.sensor(sensorId),
    queryFn: async () => {
      const { sensor } = await request(
        api.GET("/api/sensors/{sensor_id}", { params: { path: { sensor_id: sensorId } } }),
      );
      return sensor;
    },
  });
}
