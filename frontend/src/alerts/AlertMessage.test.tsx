// @vitest-environment jsdom
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { keys } from "@/api/queries";
import type { AlertSnapshot } from "@/api/types";
import { showLocale, startI18n } from "@/i18n";
import { type Conversation, ConversationContext } from "@/rooms/conversation";
import { AlertMessage } from "./AlertMessage";

beforeAll(async () => {
  window.matchMedia = () =>
    ({ matches: false, addEventListener: vi.fn(), removeEventListener: vi.fn() }) as never;
  await startI18n();
  await showLocale("en");
});

afterEach(cleanup);

const firing: AlertSnapshot = {
  alert_id: "alert",
  revision: 1,
  rule_id: "rule",
  rule_name: "Open the vents",
  sensor_id: "sensor",
  name: "Greenhouse air",
  unit: "°C",
  when: "above",
  threshold: 30,
  for_seconds: 0,
  window_seconds: 300,
  severity: "critical",
  state: "firing",
  value: 31.5,
  peak: 31.5,
  occurrences: 1,
  started_at: "2026-11-20T09:00:00.000Z",
  resolved_at: null,
  ended_by: null,
  acknowledged_by: null,
  acknowledged_at: null,
  turn: null,
};

function show(fields: Partial<AlertSnapshot> = {}, { speaks = true, replyTo = null as string | null } = {}) {
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  queries.setQueryData(keys.alertRule("rule"), { silenced_until: null });
  return render(
    <MantineProvider env="test">
      <QueryClientProvider client={queries}>
        <MemoryRouter>
          <ConversationContext value={{ speaks } as Conversation}>
            <AlertMessage alert={{ ...firing, ...fields }} message={{ chart: null, reply_to: replyTo }} />
          </ConversationContext>
        </MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

it("says in words what fires, and lets a member answer", () => {
  const { container } = show();
  for (const text of ["Firing", "Critical", "Open the vents", "31.5 °C", "Above 30 °C"])
    expect(container.textContent).toContain(text);
  expect(screen.getAllByRole("button").map(({ textContent }) => textContent)).toEqual([
    "Acknowledge",
    "Silence",
  ]);
  expect(screen.getByRole("link", { name: "Open the sensor" }).getAttribute("href")).toBe("/sensors/sensor");
});

it("gives whoever only reads along nothing to press", () => {
  show({}, { speaks: false });
  expect(screen.queryByRole("button")).toBeNull();
});

it("says who looks after it, once somebody does", () => {
  const { container } = show({ state: "acknowledged", acknowledged_by: "bob" });
  expect(container.textContent).toContain("Acknowledged by bob");
  expect(screen.queryByRole("button", { name: "Acknowledge" })).toBeNull();
});

it("says how it ended", () => {
  const over = { state: "resolved", resolved_at: "2026-11-20T09:10:00.000Z", ended_by: "readings" } as const;
  const { container } = show(over);
  expect(container.textContent).toContain("Resolved after 10 minutes, at worst 31.5 °C");
  expect(screen.queryByRole("button")).toBeNull();
});

it("that began again and is over stays the line that it began again", () => {
  const { container } = show(
    {
      state: "resolved",
      resolved_at: "2026-11-20T09:10:00.000Z",
      ended_by: "readings",
      occurrences: 2,
      turn: "again",
    },
    { replyTo: "message" },
  );
  expect(container.textContent).toContain("Greenhouse air: It has begun again · Came 2 times");
});

it("that begins again is one line below the first message, and is answered there", () => {
  const { container } = show({ occurrences: 2 }, { replyTo: "message" });
  expect(container.textContent).toContain("Greenhouse air: It has begun again · Came 2 times");
  expect(screen.queryByRole("button")).toBeNull();
});
