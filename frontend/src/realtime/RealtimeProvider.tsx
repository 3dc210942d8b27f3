import { type ReactNode, createContext, useContext, useEffect, useEffectEvent, useState } from "react";
import { io } from "socket.io-client";
import { Connection, type ConnectionState } from "./connection";
import type { ServerEvent, ServerEvents } from "./events";
import { useStore } from "@/lib/store";

const RealtimeContext = createContext<Connection | null>(null);

interface Props {
  onRefused: () => void;
  children: ReactNode;
}

/** Holds a connection while it is mounted. Mount it for a signed-in user only, keyed by that user. */
export function RealtimeProvider({ onRefused, children }: Props) {
  const [connection] = useState(createConnection);
  const refused = useEffectEvent(onRefused);

  useEffect(() => {
    const stopListening = connection.onRefused(() => {
      refused();
    });
    connection.start();
    return () => {
      stopListening();
      connection.stop();
    };
  }, [connection]);

  return <RealtimeContext value={connection}>{children}</RealtimeContext>;
}

function createConnection(): Connection {
  return new Connection(
    io({
      autoConnect: false,
      // A socket of its own each time, never one left over from the previous user.
      forceNew: true,
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      reconnectionDelay: 500,
      reconnectionDelayMax: 5_000,
    }),
  );
}

export function useConnection(): Connection {
  const connection = useContext(RealtimeContext);
  if (!connection) throw new Error("There is no RealtimeProvider above this component.");
  return connection;
}

export function useConnectionState(): ConnectionState {
  return useStore(useConnection().state);
}

/** Calls `handler`, always the latest one, for each push of `event`. */
export function useServerEvent<E extends ServerEvent>(
  event: E,
  handler: (payload: ServerEvents[E]) => void,
): void {
  const connection = useConnection();
  const handle = useEffectEvent(handler);
  useEffect(
    () =>
      connection.on(event, (payload) => {
        handle(payload);
      }),
    [connection, event],
  );
}

/** Calls `handler` each time a connection begins after the first: what was pushed in between was missed. */
export function useReconnected(handler: () => void): void {
  useEachConnection((isFirst) => {
    if (!isFirst) handler();
  });
}

/** Calls `handler` each time a connection begins: what was asked for before the first one may be out of date by then. */
export function useConnected(handler: () => void): void {
  useEachConnection(handler);
}

function useEachConnection(handler: (isFirst: boolean) => void): void {
  const connection = useConnection();
  const handle = useEffectEvent(handler);
  useEffect(() => {
    let before = connection.state.get();
    let wasOnline = before === "online";
    return connection.state.subscribe(() => {
      const now = connection.state.get();
      if (now === "online" && before !== "online") {
        handle(!wasOnline);
        wasOnline = true;
      }
      before = now;
    });
  }, [connection]);
}
