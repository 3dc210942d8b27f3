import { type ReactNode, createContext, useContext, useEffect, useState } from "react";
import { useStore } from "@/lib/store";
import type { Connection } from "@/realtime/connection";
import { useConnection } from "@/realtime/RealtimeProvider";
import { type FeedState, SensorFeed } from "./sensorFeed";

class Feeds {
  private readonly feeds = new Map<string, SensorFeed>();

  constructor(private readonly connection: Connection) {}

  of(sensorId: string): SensorFeed {
    let feed = this.feeds.get(sensorId);
    if (!feed) {
      feed = new SensorFeed(sensorId, this.connection);
      this.feeds.set(sensorId, feed);
    }
    return feed;
  }
}

const FeedsContext = createContext<Feeds | null>(null);

export function SensorFeedsProvider({ children }: { children: ReactNode }) {
  const connection = useConnection();
  const [feeds] = useState(() => new Feeds(connection));
  return <FeedsContext value={feeds}>{children}</FeedsContext>;
}

export function useSensorFeed(sensorId: string): SensorFeed {
  const feeds = useContext(FeedsContext);
  if (!feeds) throw new Error("There is no SensorFeedsProvider above this component.");
  return feeds.of(sensorId);
}

/** The last minutes of a sensor, live for as long as the component is there. */
export function useLiveReadings(sensorId: string): FeedState {
  const feed = useSensorFeed(sensorId);
  useEffect(() => feed.view(), [feed]);
  return useStore(feed.state);
}
