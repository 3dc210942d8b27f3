import { useMemo } from "react";
import { useMembers } from "./queries";

/** The nicknames of a room's members by their id; asked for once `wanted`, and empty until then. */
export function useNicknames(roomId: string, wanted: boolean): ReadonlyMap<string, string> {
  const { data } = useMembers(roomId, wanted);
  return useMemo(() => new Map(data?.map(({ user, nickname }) => [user.id, nickname])), [data]);
}
