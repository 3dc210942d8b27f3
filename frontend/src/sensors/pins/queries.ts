import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, request } from "@/api/client";
import { keys } from "@/api/queries";
import type { Me, Pin, Room } from "@/api/types";
import { useConnected, useServerEvent } from "@/realtime/RealtimeProvider";
import { Rank, ownRank } from "@/rooms/rank";

/** The most that a room takes. */
export const MOST_PINS = 6;

/** In public rooms those who run them pin; in private ones every member does (docs/sensors.md). */
export function mayPin(room: Room, me: Me): boolean {
  // A private conversation has no place for what both look at every day; a chart in a message does.
  if (room.kind === "direct") return false;
  const open = room.visibility === "public";
  return ownRank(room, me) >= (open ? Rank.moderator : Rank.member);
}

/** What is pinned to a room, in step with the others in it. */
export function usePins(roomId: string) {
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: keys.pins(roomId),
    queryFn: async () =>
      (await request(api.GET("/api/chat-rooms/{room_id}/pins", { params: { path: { room_id: roomId } } })))
        .items,
  });
  useServerEvent("pins_updated", ({ room_id, sensor_ids }) => {
    if (room_id !== roomId) return;
    const known = new Map(queries.getQueryData<Pin[]>(keys.pins(roomId))?.map((pin) => [pin.sensor.id, pin]));
    const pins = sensor_ids.flatMap((id) => known.get(id) ?? []);
    queries.setQueryData(keys.pins(roomId), pins);
    if (pins.length < sensor_ids.length) void queries.invalidateQueries({ queryKey: keys.pins(roomId) });
  });
  useConnected(() => void query.refetch());
  return query;
}

/** The rooms of one's own that a sensor is pinned to. */
export function usePinnedRooms(sensorId: string, enabled: boolean) {
  return useQuery({
    queryKey: keys.sensorPins(sensorId),
    queryFn: async () =>
      (await request(api.GET("/api/sensors/{sensor_id}/pins", { params: { path: { sensor_id: sensorId } } })))
        .items,
    enabled,
    staleTime: 0,
  });
}

export interface PinChange {
  roomId: string;
  sensorId: string;
  pinned: boolean;
}

export function useSetPinned() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ roomId, sensorId, pinned }: PinChange): Promise<void> => {
      const room = { room_id: roomId };
      if (pinned) {
        const body = { sensor_id: sensorId };
        await request(api.POST("/api/chat-rooms/{room_id}/pins", { params: { path: room }, body }));
      } else {
        const path = { ...room, sensor_id: sensorId };
        await request(api.DELETE("/api/chat-rooms/{room_id}/pins/{sensor_id}", { params: { path } }));
      }
    },
    onSettled: (_data, _error, { roomId, sensorId }) =>
      Promise.all([
        queries.invalidateQueries({ queryKey: keys.pins(roomId) }),
        queries.invalidateQueries({ queryKey: keys.sensorPins(sensorId) }),
      ]),
  });
}
