import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, request } from "@/api/client";
import { keys } from "@/api/queries";

export interface NewDigest {
  room_id: string;
  hour: number;
  tz: string;
}

export function useDigests(sensorId: string) {
  return useQuery({
    queryKey: keys.digests(sensorId),
    queryFn: async () => {
      const params = { path: { sensor_id: sensorId } };
      return (await request(api.GET("/api/sensors/{sensor_id}/digests", { params }))).items;
    },
  });
}

function useDigestMutation<Input>(sensorId: string, mutationFn: (input: Input) => Promise<unknown>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn,
    onSettled: () => queries.invalidateQueries({ queryKey: keys.digests(sensorId) }),
  });
}

export function useCreateDigest(sensorId: string) {
  return useDigestMutation(sensorId, (body: NewDigest) =>
    request(
      api.POST("/api/sensors/{sensor_id}/digests", { params: { path: { sensor_id: sensorId } }, body }),
    ),
  );
}

export function useDeleteDigest(sensorId: string) {
  return useDigestMutation(sensorId, (digestId: string) =>
    request(api.DELETE("/api/digests/{digest_id}", { params: { path: { digest_id: digestId } } })),
  );
}
