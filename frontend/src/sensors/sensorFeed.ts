/** The live readings of the sensors that somebody on this page looks at. */
import { type ApiError, toApiError } from "@/api/errors";
import { Store } from "@/lib/store";
import type { Connection } from "@/realtime/connection";
import type { ReadingPair } from "@/realtime/events";
import { type Kept, mergeReadings } from "./readings";

export interface FeedState {
  readonly readings: readonly ReadingPair[];
  /** null until known. */
  readonly online: boolean | null;
  readonly error: ApiError | null;
}

/** What is known of a sensor, and what a tile's sparkline spans: as much as the server gives whoever begins to watch. */
const KEPT: Kept = { spanMs: 15 * 60_000, fewest: 30, longestMs: 24 * 60 * 60_000 };
/** Pushes come up to 10 times a second; a number that changes more often than this cannot be read. */
const NOTIFY_MS = 250;

export class SensorFeed {
  readonly state = new Store<FeedState>({ readings: [], online: null, error: null });
  private readonly arrivals = new Set<(readings: readonly ReadingPair[]) => void>();
  private pending: ReadingPair[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private viewers = 0;
  private stops: (() => void)[] = [];

  constructor(
    private readonly sensorId: string,
    private readonly connection: Connection,
  ) {}

  /** Follows the sensor until the returned function is called; however many look, it is joined once. */
  view(): () => void {
    if (++this.viewers === 1) this.open();
    let viewing = true;
    return () => {
      if (viewing && --this.viewers === 0) this.close();
      viewing = false;
    };
  }

  /** Calls `listener` with each batch as it arrives, for a chart that moves. */
  onReadings(listener: (readings: readonly ReadingPair[]) => void): () => void {
    this.arrivals.add(listener);
    return () => {
      this.arrivals.delete(listener);
    };
  }

  private open(): void {
    const { connection, sensorId } = this;
    this.stops = [
      connection.follow(this.join),
      connection.on("sensor_reading", (push) => {
        if (push.sensor_id === sensorId) this.receive(push.readings);
      }),
      connection.on("sensor_status", (push) => {
        if (push.sensor_id === sensorId) this.patch({ online: push.online });
      }),
    ];
  }

  private close(): void {
    for (const stop of this.stops) stop();
    clearTimeout(this.timer);
    this.timer = undefined;
    this.connection.tell("leave_sensor", { sensor_id: this.sensorId });
  }

  private readonly join = async (): Promise<void> => {
    // The clock of this device may be off from the server's: what is recent is counted from readings, not from now.
    const last = this.state.get().readings.at(-1)?.[0];
    try {
      const { sensor, readings } = await this.connection.request("join_sensor", {
        sensor_id: this.sensorId,
        ...(last !== undefined && { since: last }),
      });
      this.patch({ online: sensor.online, error: null });
      this.receive(readings);
    } catch (thrown) {
      const error = toApiError(thrown);
      if (error.code !== "offline" && error.code !== "interrupted") this.patch({ error });
    }
  };

  private receive(readings: readonly ReadingPair[]): void {
    if (readings.length === 0) return;
    for (const listener of this.arrivals) listener(readings);
    this.pending.push(...readings);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      const incoming = this.pending;
      this.pending = [];
      const { readings: known } = this.state.get();
      this.patch({ readings: mergeReadings(known, incoming, KEPT) });
    }, NOTIFY_MS);
  }

  private patch(change: Partial<FeedState>): void {
    this.state.update((state) => ({ ...state, ...change }));
  }
}
