import { type ReactNode, createContext, useContext, useEffect, useState } from "react";
import { useStore } from "@/lib/store";
import { useConnection } from "@/realtime/RealtimeProvider";
import { OwnAway } from "./ownAway";
import { Presence } from "./presence";

type Ids = ReadonlySet<string>;

const PresenceContext = createContext<{ presence: Presence; own: OwnAway } | null>(null);

export function PresenceProvider({ children }: { children: ReactNode }) {
  const connection = useConnection();
  const [value] = useState(() => ({ presence: new Presence(connection), own: new OwnAway(connection) }));
  useEffect(() => value.presence.start(), [value]);
  useEffect(() => value.own.start(), [value]);
  return <PresenceContext value={value}>{children}</PresenceContext>;
}

function usePresenceContext() {
  const value = useContext(PresenceContext);
  if (!value) throw new Error("There is no PresenceProvider above this component.");
  return value;
}

/** The ids of those who are online. */
export function useOnlineIds(): Ids {
  return useStore(usePresenceContext().presence.online);
}

/** The ids of those who are online but away from all of their devices. */
export function useAwayIds(): Ids {
  return useStore(usePresenceContext().presence.away);
}

export type PresenceState = "online" | "away" | "offline";

/** What a person is, for any of them. */
export function usePresence(): (userId: string) => PresenceState {
  const online = useOnlineIds();
  const away = useAwayIds();
  return (userId) => (online.has(userId) ? (away.has(userId) ? "away" : "online") : "offline");
}

/** Whether one has said to be away, and how to say it. */
export function useOwnAway(): [away: boolean, set: (away: boolean) => void] {
  const { own } = usePresenceContext();
  return [useStore(own.away), own.set];
}
