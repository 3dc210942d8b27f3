import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { allPages, api, request } from "@/api/client";
import { keys } from "@/api/queries";
import type { Sensor } from "@/api/types";
import type { RetentionField } from "./retention";

export function useSensors() {
  return useQuery({
    queryKey: keys.sensors,
    queryFn: () =>
      allPages<Sensor>((cursor) =>
        request(api.GET("/api/sensors", { params: { query: { limit: 100, ...(cursor && { cursor }) } } })),
      ),
  });
}

/** The sensors of one device, of which there are 64 at most. */
export function useDeviceSensors(deviceId: string) {
  return useQuery({
    queryKey: keys.deviceSensors(deviceId),
    queryFn: async () =>
      (await request(api.GET("/api/sensors", { params: { query: { limit: 100, device_id: deviceId } } })))
        .items,
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

export interface SensorChange {
  name?: string;
  unit?: string;
  location?: string;
  labels?: string[];
  visibility?: Sensor["visibility"];
  retention?: Partial<Record<RetentionField, number>>;
}

export function useUpdateSensor(sensorId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (body: SensorChange) => {
      const path = { sensor_id: sensorId };
      return (await request(api.PATCH("/api/sensors/{sensor_id}", { params: { path }, body }))).sensor;
    },
    onSuccess: (sensor) => {
      queries.setQueryData(keys.sensor(sensorId), sensor);
      // Its name and unit are in lists, charts and pins.
      void queries.invalidateQueries({ queryKey: keys.sensors });
    },
  });
}

export function useDeleteSensor() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (sensorId: string) =>
      request(api.DELETE("/api/sensors/{sensor_id}", { params: { path: { sensor_id: sensorId } } })),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: keys.sensors, exact: true });
      void queries.invalidateQueries({ queryKey: keys.devices });
    },
  });
}

/** Removes the readings of a time, both ends included, in ms; gives how many there were. The server takes them in portions. */
export function useRemoveReadings(sensorId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (query: { start: number; end: number }) => {
      const params = { path: { sensor_id: sensorId }, query };
      let count = 0;
      for (let more = true; more;) {
        const part = await request(api.DELETE("/api/sensors/{sensor_id}/readings", { params }));
        count += part.removed;
        more = part.more;
      }
      return count;
    },
    // Charts, figures, tables and tiles; of what was removed before something failed, too.
    onSettled: () => queries.invalidateQueries({ queryKey: keys.sensors }),
  });
}
