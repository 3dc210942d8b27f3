import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, request } from "@/api/client";
import { keys } from "@/api/queries";
import { type Choice, type Trigger, commandsFor } from "./completion";
import { useConversation } from "./conversation";
import { fold } from "./mentions";

const TYPING_MS = 120;
const MOST = 8;
const COMMANDS_FRESH_MS = 10 * 60_000;

/** What may be meant by what is being typed, the likeliest first. */
export function useCompletions(trigger: Trigger | null): readonly Choice[] {
  const { room, me } = useConversation();
  const privately = room.kind === "direct";
  const commands = useQuery({
    queryKey: keys.commands,
    queryFn: () => request(api.GET("/api/commands")),
    enabled: trigger?.kind === "command",
    staleTime: COMMANDS_FRESH_MS,
  });
  const mention = trigger?.kind === "mention" && !privately;
  const [beginning] = useDebouncedValue(trigger?.query.trim() ?? "", TYPING_MS);
  const members = useQuery({
    queryKey: keys.membersNamed(room.id, beginning),
    queryFn: () =>
      request(
        api.GET("/api/chat-rooms/{room_id}/members", {
          params: {
            path: { room_id: room.id },
            query: { limit: MOST + 1, ...(beginning && { q: beginning }) },
          },
        }),
      ),
    enabled: mention,
    placeholderData: keepPreviousData,
  });

  if (trigger?.kind === "command") return commandsFor(commands.data?.items ?? [], trigger.query, privately);
  if (!mention) return [];
  const typed = fold(trigger.query);
  const found: Choice[] = (members.data?.items ?? [])
    .filter(({ user, nickname }) => user.id !== me.id && fold(nickname).startsWith(typed))
    .slice(0, MOST)
    .map(({ user, nickname }) => ({ kind: "member", key: user.id, nickname, username: user.username }));
  return "room".startsWith(typed) ? [...found, { kind: "everyone", key: "room" }] : found;
}
