// @vitest-environment jsdom
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { io } from "socket.io-client";
import { startI18n } from "@/i18n";
import { Connection } from "@/realtime/connection";
import { Store } from "@/lib/store";
import { me, message, room } from "@/test/things";
import { ChatContext } from "./ChatProvider";
import { Composer } from "./Composer";
import { Chat } from "./chat";
import { MAX_BODY } from "./composing";
import { ConversationContext, type Writing } from "./conversation";

let chat: Chat;
let queries: QueryClient;
let writing: Store<Writing>;
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
  queries = new QueryClient({ defaultOptions: { queries: { networkMode: "always", retry: false } } });
  chat = new Chat(new Connection(io({ autoConnect: false })), me, queries);
  writing = new Store<Writing>({ replyTo: null, editing: null });
});

afterEach(() => {
  cleanup();
  sessionStorage.clear();
});

function show() {
  return render(
    <MantineProvider env="test">
      <QueryClientProvider client={queries}>
        <ChatContext value={chat}>
          <ConversationContext value={conversation()}>
            <Composer roomName="Lobby" onSent={sent} />
          </ConversationContext>
        </ChatContext>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

function conversation() {
  return {
    room: room(),
    channel: chat.channel(room().id),
    me: { id: me.id, username: me.username, nickname: "Alice" },
    moderates: false,
    speaks: true,
    names: new Map(),
    blocked: new Set<string>(),
    writing,
    target: null,
    jumpTo: vi.fn(),
    focusComposer: vi.fn(),
  };
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

describe("an answer", () => {
  beforeEach(() => {
    writing.set({ replyTo: message({ seq: 4, body: "**Is it** warm?" }), editing: null });
  });

  it("goes out with what it answers, which is shown until then", async () => {
    show();
    expect(screen.getByRole("group", { name: "Reply to Alice" }).textContent).toContain("Is it warm?");
    await userEvent.type(field(), "yes{Enter}and more{Enter}");
    expect(chat.outbox.entries.get().map(({ replyTo }) => replyTo)).toEqual([
      message({ seq: 4 }).id,
      undefined,
    ]);
    expect(screen.queryByRole("group")).toBeNull();
  });

  it("is given up with Escape", async () => {
    show();
    await userEvent.type(field(), "{Escape}yes{Enter}");
    expect(chat.outbox.entries.get()[0]?.replyTo).toBeUndefined();
  });
});

it("opens one's last message with the arrow up, out of an empty field only", async () => {
  chat
    .channel(room().id)
    .receive([message({ seq: 1 }), message({ seq: 2 }), message({ seq: 3, deleted: true })]);
  show();
  await userEvent.type(field(), "x{ArrowUp}");
  expect(writing.get().editing).toBeNull();
  await userEvent.type(field(), "{Backspace}{ArrowUp}");
  expect(writing.get().editing).toEqual({ id: message({ seq: 2 }).id });
});

describe("completion", () => {
  const person = (number: number, nickname: string) => ({
    user: { id: String(number), username: nickname.toLowerCase() },
    nickname,
    role: "member",
    online: true,
    joined_at: "",
  });
  const commands = ["help", "me"].map((name) => ({
    name,
    usage: `/${name}`,
    summary: { en: `Does ${name}`, "zh-CN": name },
    rooms_only: false,
  }));

  beforeEach(() => {
    vi.stubGlobal("fetch", (request: Request) => {
      const url = new URL(request.url);
      const people = [person(1, "Bob"), person(2, "Bo Two")];
      const items = url.pathname.endsWith("/members") ? people : commands;
      return Promise.resolve(Response.json({ items, next: null }));
    });
    Element.prototype.scrollIntoView = vi.fn();
  });

  const box = () => screen.getByRole<HTMLTextAreaElement>("combobox", { name: "Message" });
  const offered = () => screen.getAllByRole("option").map(({ textContent }) => textContent);

  it("of a name is offered, chosen with the arrows and written as a mention", async () => {
    show();
    await userEvent.type(field(), "hi @b");
    await screen.findByRole("listbox");
    expect(offered()).toEqual(["BBob@bob", "BTBo Two@bo two"]);
    await userEvent.type(box(), "{ArrowDown}{Enter}");
    expect(field().value).toBe('hi @"Bo Two" ');
    expect(bodies()).toEqual([]);
  });

  it("of a command is offered; one that is typed whole is sent", async () => {
    show();
    await userEvent.type(field(), "/");
    await screen.findByRole("listbox");
    await userEvent.type(box(), "h{Tab}");
    expect(field().value).toBe("/help ");
    await userEvent.clear(field());
    await userEvent.type(field(), "/help");
    await screen.findByRole("listbox");
    await userEvent.type(box(), "{Enter}");
    expect(bodies()).toEqual(["/help"]);
  });

  it("closes with Escape, and is then no more in the way of Enter", async () => {
    show();
    await userEvent.type(field(), "@bo");
    await screen.findByRole("listbox");
    await userEvent.type(box(), "{Escape}");
    expect(screen.queryByRole("listbox")).toBeNull();
    await userEvent.type(field(), "{Enter}");
    expect(bodies()).toEqual(["@bo"]);
  });
});
