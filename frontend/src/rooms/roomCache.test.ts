import { describe, expect, it } from "vitest";
import { room } from "@/test/things";
import { applyUpdate } from "./roomCache";

const open = room({ id: "open", name: "Open" });
const closed = room({ id: "closed", visibility: "private" });
const rooms = [open, closed];
const ids = (list: readonly { id: string }[] | null) => list?.map(({ id }) => id);

describe("what the list of rooms makes of an update", () => {
  it("takes new settings and keeps one's own place", () => {
    const changed = applyUpdate(rooms, { room_id: "open", deleted: false, room: { name: "Renamed" } });
    expect(changed?.[0]).toMatchObject({ name: "Renamed", membership: open.membership });
  });

  it("keeps a public room that one is no longer in, and forgets a private one", () => {
    const out = { deleted: false, membership: null };
    expect(applyUpdate(rooms, { room_id: "open", ...out })?.[0]).toMatchObject({
      id: "open",
      membership: null,
    });
    expect(ids(applyUpdate(rooms, { room_id: "closed", ...out }))).toEqual(["open"]);
  });

  it("forgets a deleted room, and does not know a strange one", () => {
    expect(ids(applyUpdate(rooms, { room_id: "open", deleted: true }))).toEqual(["closed"]);
    expect(applyUpdate(rooms, { room_id: "other", deleted: false, room: {} })).toBeNull();
  });
});
