// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { desktopState, showOnDesktop, switchDesktop } from "./desktop";

/** A browser's own, which jsdom has not: it answers the question as the test says. */
class Windows {
  static permission: NotificationPermission = "default";
  static answer: NotificationPermission = "granted";
  static shown: { title: string; tag: string }[] = [];
  static requestPermission() {
    Windows.permission = Windows.answer;
    return Promise.resolve(Windows.answer);
  }
  onclick: (() => void) | null = null;
  constructor(title: string, { tag }: { tag: string }) {
    Windows.shown.push({ title, tag });
  }
}

let hidden = true;
const notice = { tag: "n1", title: "bob mentioned you", body: "", onOpen: () => undefined };

beforeEach(() => {
  Object.assign(Windows, { permission: "default", answer: "granted", shown: [] });
  vi.stubGlobal("Notification", Windows);
  vi.spyOn(document, "hidden", "get").mockImplementation(() => hidden);
  hidden = true;
});
afterEach(async () => {
  await switchDesktop(false);
  vi.unstubAllGlobals();
});

it("nothing is shown, nor asked, until somebody wants it", () => {
  showOnDesktop(notice);
  expect([desktopState(), Windows.permission, Windows.shown]).toEqual(["off", "default", []]);
});

it("once it is wanted and allowed, a notice shows while nobody looks, and not while somebody does", async () => {
  expect(await switchDesktop(true)).toBe("on");
  hidden = false;
  showOnDesktop(notice);
  expect(Windows.shown).toEqual([]);
  hidden = true;
  showOnDesktop(notice);
  expect(Windows.shown).toEqual([{ title: notice.title, tag: "n1" }]);
});

it("a browser that was told no says so, and shows nothing", async () => {
  Windows.answer = "denied";
  expect(await switchDesktop(true)).toBe("refused");
  showOnDesktop(notice);
  expect(Windows.shown).toEqual([]);
});

it("a browser without the means says so", () => {
  vi.unstubAllGlobals();
  expect(desktopState()).toBe("unsupported");
});
