import { useQuery } from "@tanstack/react-query";
import { type ReactNode, createContext, useContext, useEffect, useState } from "react";
import { api, request } from "@/api/client";
import { keys } from "@/api/queries";
import { Store, useStore } from "@/lib/store";
import { useReconnected, useServerEvent } from "@/realtime/RealtimeProvider";

type OnlineIds = ReadonlySet<string>;

const PresenceContext = createContext<Store<OnlineIds> | null>(null);

/** Keeps who is online: asked for at each connection, then told by pushes. */
export function PresenceProvider({ children }: { children: ReactNode }) {
  const [online] = useState(() => new Store<OnlineIds>(new Set()));
  const query = useQuery({
    queryKey: keys.online,
    queryFn: async () => {
      const { items } = await request(api.GET("/api/users/online"));
      return items;
    },
  });
  const { data, refetch } = query;

  useEffect(() => {
    if (data) online.set(new Set(data.map((user) => user.id)));
  }, [data, online]);
  useReconnected(() => {
    void refetch();
  });
  useServerEvent("presence", ({ user_id, online: isOnline }) => {
    online.update((ids) => withPresence(ids, user_id, isOnline));
  });

  return <PresenceContext value={online}>{children}</PresenceContext>;
}

export function withPresence(ids: OnlineIds, userId: string, online: boolean): OnlineIds {
  if (ids.has(userId) === online) return ids;
  const changed = new Set(ids);
  if (online) changed.add(userId);
  else changed.delete(userId);
  return changed;
}

/** The ids of those who are online. */
export function useOnlineIds(): OnlineIds {
  const online = useContext(PresenceContext);
  if (!online) throw new Error("There is no PresenceProvider above this component.");
  return useStore(online);
}
