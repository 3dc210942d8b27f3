import type { Room } from "@/api/types";
import type { RoomRights } from "../rank";
import type { RoomChange } from "./queries";

/** The settings as a form holds them. */
export type RoomSettings = Required<RoomChange>;

export function settingsOf(room: Room): RoomSettings {
  return {
    name: room.name,
    topic: room.topic ?? "",
    capacity: room.capacity,
    visibility: room.visibility,
    slow_mode_seconds: room.slow_mode_seconds,
    members_can_invite: room.members_can_invite,
  };
}

const OF_MODERATORS: readonly (keyof RoomSettings)[] = ["name", "topic", "slow_mode_seconds"];

/** What of `wanted` is other than before, and one's own to change: a moderator who sends more is refused as a whole. */
export function changeOf(
  before: RoomSettings,
  wanted: RoomSettings,
  rights: Pick<RoomRights, "own">,
): RoomChange {
  const tidy = { ...wanted, name: wanted.name.trim(), topic: wanted.topic.trim() };
  const entries = Object.entries(tidy) as [keyof RoomSettings, unknown][];
  return Object.fromEntries(
    entries.filter(([name, value]) => value !== before[name] && (rights.own || OF_MODERATORS.includes(name))),
  );
}

/** The steps that slow mode is chosen in, in seconds, with the one that the room has if it is another. */
export function slowModeSteps(current: number): number[] {
  const steps = [0, 5, 10, 30, 60, 300, 900, 3600, 21_600];
  return steps.includes(current) ? steps : [...steps, current].sort((one, other) => one - other);
}

export interface Duration {
  unit: "seconds" | "minutes" | "hours";
  count: number;
}

/** A time in the largest unit that says it exactly. */
export function durationOf(seconds: number): Duration {
  if (seconds >= 3600 && seconds % 3600 === 0) return { unit: "hours", count: seconds / 3600 };
  if (seconds >= 60 && seconds % 60 === 0) return { unit: "minutes", count: seconds / 60 };
  return { unit: "seconds", count: seconds };
}
