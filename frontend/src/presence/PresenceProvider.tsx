import { type ReactNode, createContext, useContext, useEffect, useState } from "react";
import { type Store, useStore } from "@/lib/store";
import { useConnection } from "@/realtime/RealtimeProvider";
import { Presence } from "./presence";

type OnlineIds = ReadonlySet<string>;

const PresenceContext = createContext<Store<OnlineIds> | null>(null);

export function PresenceProvider({ children }: { children: ReactNode }) {
  const connection = useConnection();
  const [presence] = useState(() => new Presence(connection));
  useEffect(() => presence.start(), [presence]);
  return <PresenceContext value={presence.online}>{children}</PresenceContext>;
}

/** The ids of those who are online. */
export function useOnlineIds(): OnlineIds {
  const online = useContext(PresenceContext);
  if (!online) throw new Error("There is no PresenceProvider above this component.");
  return useStore(online);
}
