import { describe, expect, it } from "vitest";
import type { Notice } from "@/api/types";
import { type NoticePages, withNew, withRead } from "./noticeCache";
import { noticeLink, tabTitle } from "./noticeLink";

const notice = (id: string, fields: Partial<Notice> = {}): Notice => ({
  id,
  kind: "mention",
  actor: null,
  room_id: null,
  room_name: null,
  message_id: null,
  seq: null,
  excerpt: null,
  read: false,
  created_at: "2026-11-20T09:00:00.000Z",
  ...fields,
});
const pages = (...ids: string[]): NoticePages => ({
  pages: [{ items: ids.map((id) => notice(id)), next: null, unread: ids.length }],
  pageParams: [""],
});
const shown = (all: NoticePages) => all.pages.flatMap(({ items }) => items);

describe("a notice leads", () => {
  it.each([
    [{ kind: "mention", room_id: "r", seq: 7 }, "/rooms/r?m=7"],
    [{ kind: "invitation", room_id: "r", seq: null }, "/rooms/r"],
    [{ kind: "friend_request", room_id: null, seq: null }, "/people"],
    [{ kind: "system", room_id: null, seq: null }, null],
  ] as const)("from %j to %s", (about, link) => {
    expect(noticeLink(about)).toBe(link);
  });
});

describe("the list of notices", () => {
  it("shows a new one first, and once however often it is pushed", () => {
    const twice = withNew(withNew(pages("a"), notice("b")), notice("b"));
    expect(shown(twice).map(({ id }) => id)).toEqual(["b", "a"]);
  });

  it("marks one as read, or all", () => {
    expect(shown(withRead(pages("a", "b"), "b")).map(({ read }) => read)).toEqual([false, true]);
    expect(shown(withRead(pages("a", "b"), null)).map(({ read }) => read)).toEqual([true, true]);
  });
});

it("a tab says how much waits, and nothing where nothing does", () => {
  expect([tabTitle("Lobby", 0), tabTitle("Lobby", 3), tabTitle("Lobby", 100)]).toEqual([
    "Lobby · Fieldroom",
    "(3) Lobby · Fieldroom",
    "(99+) Lobby · Fieldroom",
  ]);
});
