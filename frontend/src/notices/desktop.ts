/** Notices on the desktop, by the browser: off until somebody switches them on here, and only while nobody looks. */
import { readItem, writeItem } from "@/lib/storage";
import { Store } from "@/lib/store";

const KEY = "fieldroom.desktopNotices";

export type DesktopState = "unsupported" | "refused" | "off" | "on";

const wanted = new Store(readItem(localStorage, KEY) === "1");

/** What is known of this browser; `wanted` alone is followed, since a permission says nothing when it changes. */
export const desktopWanted = wanted;

export function desktopState(): DesktopState {
  if (!("Notification" in window)) return "unsupported";
  if (Notification.permission === "denied") return "refused";
  return wanted.get() && Notification.permission === "granted" ? "on" : "off";
}

/** Asks the browser where it was not asked before. Resolves with what came of it. */
export async function switchDesktop(on: boolean): Promise<DesktopState> {
  if (on && "Notification" in window && Notification.permission === "default")
    await Notification.requestPermission();
  const granted = "Notification" in window && Notification.permission === "granted";
  writeItem(localStorage, KEY, on && granted ? "1" : null);
  wanted.set(on && granted);
  return desktopState();
}

interface DesktopNotice {
  /** The same for the same thing: several tabs show it once. */
  tag: string;
  title: string;
  body: string;
  onOpen: () => void;
}

export function showOnDesktop({ tag, title, body, onOpen }: DesktopNotice): void {
  if (!document.hidden || desktopState() !== "on") return;
  try {
    const shown = new Notification(title, { body, tag });
    shown.onclick = () => {
      window.focus();
      shown.close();
      onOpen();
    };
  } catch {
    // Browsers of phones have the class but let only service workers use it.
  }
}
