/** How a person arranges their tiles. Pure functions. */
import type { Sensor, Tile } from "@/api/types";

export type TileSize = Tile["size"];
export const tileSizes: readonly TileSize[] = ["s", "m", "l"];
/** The most that the server keeps. */
const MOST_TILES = 200;

export interface Placed {
  sensor: Sensor;
  size: TileSize;
  hidden: boolean;
}

/** The sensors in the order of their tiles; those without one come after, as they are. */
export function arrange(sensors: readonly Sensor[], tiles: readonly Tile[]): Placed[] {
  const byId = new Map(sensors.map((sensor) => [sensor.id, sensor]));
  const placed = tiles.flatMap(({ sensor_id, size, hidden }): Placed[] => {
    const sensor = byId.get(sensor_id);
    byId.delete(sensor_id);
    return sensor ? [{ sensor, size, hidden }] : [];
  });
  return [...placed, ...[...byId.values()].map((sensor) => ({ sensor, size: "m" as const, hidden: false }))];
}

export function tilesOf(placed: readonly Placed[]): Tile[] {
  return placed
    .slice(0, MOST_TILES)
    .map(({ sensor, size, hidden }) => ({ sensor_id: sensor.id, size, hidden }));
}

/** The list with one item in another place; beyond an end means at it. */
export function moved<T>(items: readonly T[], from: number, to: number): T[] {
  const [item] = items.slice(from, from + 1);
  if (item === undefined) return [...items];
  const rest = items.filter((_, index) => index !== from);
  const place = Math.max(0, Math.min(rest.length, to));
  return [...rest.slice(0, place), item, ...rest.slice(place)];
}

export interface TileFilter {
  text: string;
  label: string | null;
  location: string | null;
}

/** Where a sensor is: its own location, or else its device's. */
export function placeOf({ location, device_location }: Sensor): string {
  return location || device_location;
}

export function matches(sensor: Sensor, { text, label, location }: TileFilter): boolean {
  if (label !== null && !sensor.labels.includes(label)) return false;
  if (location !== null && placeOf(sensor) !== location) return false;
  const wanted = folded(text);
  const told = [sensor.name, sensor.key, sensor.kind, placeOf(sensor), ...sensor.labels];
  return wanted === "" || told.some((each) => folded(each).includes(wanted));
}

function folded(text: string): string {
  return text.normalize("NFKC").toLocaleLowerCase().trim();
}

/** What there is to filter by, in the order of the language. */
export function choicesOf(sensors: readonly Sensor[], locale: string) {
  const { compare } = new Intl.Collator(locale, { numeric: true });
  const sorted = (texts: readonly string[]) =>
    [...new Set(texts.filter((text) => text !== ""))].sort(compare);
  return {
    labels: sorted(sensors.flatMap(({ labels }) => labels)),
    locations: sorted(sensors.map(placeOf)),
  };
}
