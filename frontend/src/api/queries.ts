import { QueryClient } from "@tanstack/react-query";
import { toApiError } from "./errors";

/** The names of everything that is cached: one place, so that an event knows what it makes stale. */
export const keys = {
  me: ["me"],
  sessionEnd: ["sessionEnd"],
  verification: (token: string) => ["verification", token] as const,
  rooms: ["rooms"],
  room: (roomId: string) => ["rooms", "one", roomId],
  members: (roomId: string) => ["rooms", "members", roomId],
  /** The members whose nicknames begin with a text. */
  membersNamed: (roomId: string, beginning: string) => ["rooms", "members", roomId, beginning],
  message: (messageId: string) => ["messages", "one", messageId],
  edits: (messageId: string, editedAt: string) => ["messages", "edits", messageId, editedAt],
  commands: ["commands"],
  sensors: ["sensors"],
  sensor: (sensorId: string) => ["sensors", "one", sensorId],
  /** The charts of a sensor and a range, in every look. */
  charts: (sensorId: string, range: string) => ["sensors", "chart", sensorId, range] as const,
  statistics: (sensorId: string, window: string) => ["sensors", "statistics", sensorId, window] as const,
  readings: (sensorId: string) => ["sensors", "readings", sensorId] as const,
  sensorPins: (sensorId: string) => ["sensors", "pins", sensorId] as const,
  pins: (roomId: string) => ["rooms", "pins", roomId] as const,
  digests: (sensorId: string) => ["sensors", "digests", sensorId] as const,
  deviceSensors: (deviceId: string) => ["sensors", "of", deviceId] as const,
  comparison: (sensors: string, range: string, theme: string, locale: string) =>
    ["comparison", sensors, range, theme, locale] as const,
  job: (jobId: string) => ["jobs", jobId] as const,
  dashboard: ["dashboard"],
  /** All that is below changes with every alert. */
  alerts: ["alerts"],
  /** Those of a sensor, or (null) all that concern one. */
  openAlerts: (sensorId: string | null) => ["alerts", "open", sensorId] as const,
  resolvedAlerts: (sensorId: string | null) => ["alerts", "resolved", sensorId] as const,
  alertRules: (sensorId: string) => ["alerts", "rules", sensorId] as const,
  alertRule: (ruleId: string) => ["alerts", "rule", ruleId] as const,
  silences: (sensorId: string | null) => ["alerts", "silences", sensorId] as const,
  devices: ["devices"],
  piClient: ["pi-client"],
  people: ["people"],
  friends: ["people", "friends"],
  friendRequests: ["people", "requests"],
  blocked: ["people", "blocked"],
  conversations: ["conversations"],
  /** The members of a room page by page: some whose nickname begins so, or (empty) all. */
  memberPages: (roomId: string, query: string) => ["rooms", "members", roomId, "pages", query] as const,
  bans: (roomId: string) => ["bans", roomId] as const,
  /** The invitations into a room. */
  roomInvitations: (roomId: string) => ["roomInvitations", roomId] as const,
  /** One's own invitations. */
  invitations: ["invitations"],
  notices: ["notices", "list"],
  unreadNotices: ["notices", "unread"],
  directory: (query: string) => ["directory", query] as const,
  userSearch: (query: string) => ["users", "search", query] as const,
  user: (userId: string) => ["users", "one", userId] as const,
  serverStats: ["admin", "stats"],
  adminJobs: (status: string | null) => ["admin", "jobs", status] as const,
  filterWords: ["admin", "words"],
  flags: (resolved: boolean) => ["admin", "flags", resolved] as const,
  search: (filters: object) => ["search", filters] as const,
} as const;

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // A server on the local network answers whether or not the browser believes to be online.
        networkMode: "always",
        staleTime: 30_000,
        // The socket says what changed, and a reconnection refetches: see realtime/ and rooms/roomEvents.ts.
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        retry: (failures, error) => failures < 2 && toApiError(error).transient,
      },
      mutations: { networkMode: "always", retry: false },
    },
  });
}
