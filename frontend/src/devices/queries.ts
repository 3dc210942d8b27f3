import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { allPages, api, request } from "@/api/client";
import { keys } from "@/api/queries";
import type { Device } from "@/api/types";
import { useMe } from "@/auth/session";

/** Whether a device that is there was told an interval that it does not say is in force yet, but may soon. */
function isAdopting({ online, interval_ms: wanted, status }: Device): boolean {
  return (
    online && wanted !== null && typeof status?.interval_ms === "number" && status.interval_ms !== wanted
  );
}

export function useDevices() {
  return useQuery({
    queryKey: keys.devices,
    queryFn: () =>
      allPages<Device>((cursor) =>
        request(api.GET("/api/devices", { params: { query: { limit: 100, ...(cursor && { cursor }) } } })),
      ),
    // What a device says of itself is not pushed. One that was just told its interval says so within moments.
    refetchInterval: ({ state }) => (state.data?.some(isAdopting) ? 2_000 : 15_000),
  });
}

/** The client for a Raspberry Pi that this server hands out. */
export function usePiClient() {
  return useQuery({
    queryKey: keys.piClient,
    queryFn: async () => (await request(api.GET("/api/devices/client"))).client,
    staleTime: Infinity,
  });
}

/** Whether a device, and so its sensors, is one's own to change; as far as is known yet. */
export function useMayManage(deviceId: string): boolean {
  const me = useMe();
  const devices = useDevices();
  return me.role === "admin" || (devices.data?.some(({ id }) => id === deviceId) ?? false);
}

/** All that changes a device makes the list and the sensors of it stale. */
function useDeviceMutation<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: keys.devices });
      void queries.invalidateQueries({ queryKey: keys.sensors });
    },
  });
}

export function useCreateDevice() {
  return useDeviceMutation((name: string) => request(api.POST("/api/devices", { body: { name } })));
}

export interface DeviceChange {
  name: string;
  location: string;
  /** How often it is to read its sensors; null: as it is set up itself. Left out: as before. */
  interval_ms?: number | null;
}

export function useUpdateDevice(deviceId: string) {
  return useDeviceMutation((body: DeviceChange) =>
    request(api.PATCH("/api/devices/{device_id}", { params: { path: { device_id: deviceId } }, body })),
  );
}

export function useRotateToken() {
  return useDeviceMutation((deviceId: string) =>
    request(api.POST("/api/devices/{device_id}/token", { params: { path: { device_id: deviceId } } })),
  );
}

export function useDeleteDevice() {
  return useDeviceMutation((deviceId: string) =>
    request(api.DELETE("/api/devices/{device_id}", { params: { path: { device_id: deviceId } } })),
  );
}
