// @vitest-environment jsdom
import { MantineProvider } from "@mantine/core";
import { QueryClient } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { io } from "socket.io-client";
import { startI18n } from "@/i18n";
import { Connection } from "@/realtime/connection";
import { me, room } from "@/test/things";
import { ChatContext } from "./ChatProvider";
import { Composer, MAX_BODY } from "./Composer";
import { Chat } from "./chat";

let chat: Chat;
const sent = vi.fn();

beforeAll(async () => {
  // What Mantine asks of a browser and jsdom does not have.
  window.matchMedia = () =>
    ({ matches: false, addEventListener: vi.fn(), removeEventListener: vi.fn() }) as never;
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe = vi.fn();
      unobserve = vi.fn();
      disconnect = vi.fn();
    },
  );
  Object.defineProperty(document, "fonts", { value: new EventTarget() });
  await startI18n();
});

beforeEach(() => {
  // Never connected: what is sent waits in the outbox, where a test can see it.
  chat = new Chat(new Connection(io({ autoConnect: false })), me, new QueryClient());
});

afterEach(() => {
  cleanup();
  sessionStorage.clear();
});

function show() {
  return render(
    <MantineProvider env="test">
      <ChatContext value={chat}>
        <Composer roomId={room().id} roomName="Lobby" onSent={sent} />
      </ChatContext>
    </MantineProvider>,
  );
}

const field = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Message" });
const bodies = () => chat.outbox.entries.get().map(({ body }) => body);

describe("Enter", () => {
  it("sends, and leaves the field empty for the next message", async () => {
    show();
    await userEvent.type(field(), "hello{Enter}");
    expect(bodies()).toEqual(["hello"]);
    expect(field().value).toBe("");
  });

  it("with Shift begins a new line", async () => {
    show();
    await userEvent.type(field(), "one{Shift>}{Enter}{/Shift}two{Enter}");
    expect(bodies()).toEqual(["one\ntwo"]);
  });

  it("that ends a composition of Chinese characters does not send", async () => {
    show();
    await userEvent.type(field(), "ni hao");
    fireEvent.keyDown(field(), { key: "Enter", isComposing: true });
    // Safari: the composition has ended before the key, only its code tells.
    fireEvent.keyDown(field(), { key: "Enter", keyCode: 229 });
    expect(bodies()).toEqual([]);
    fireEvent.keyDown(field(), { key: "Enter" });
    expect(bodies()).toEqual(["ni hao"]);
  });
});

describe("what cannot be sent", () => {
  it("is nothing but white space", async () => {
    show();
    await userEvent.type(field(), "  {Shift>}{Enter}{/Shift} {Enter}");
    await userEvent.click(screen.getByRole("button", { name: "Send" }));
    expect(bodies()).toEqual([]);
  });

  it("is too long, and stays in the field with a count", () => {
    show();
    fireEvent.change(field(), { target: { value: "字".repeat(MAX_BODY + 1) } });
    fireEvent.keyDown(field(), { key: "Enter" });
    expect(bodies()).toEqual([]);
    expect(screen.getByRole("status").textContent).toBe("1 character too long");
    fireEvent.change(field(), { target: { value: "字".repeat(MAX_BODY) } });
    fireEvent.keyDown(field(), { key: "Enter" });
    expect(bodies()).toHaveLength(1);
  });
});

it("keeps a draft for when one comes back to the room", async () => {
  const { unmount } = show();
  await userEvent.type(field(), "half a tho");
  unmount();
  show();
  expect(field().value).toBe("half a tho");
});
