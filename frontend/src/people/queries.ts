import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { allPages, api, request } from "@/api/client";
import { keys } from "@/api/queries";
import type { Blocked, Friend, FriendRequest } from "@/api/types";
import { useConnected, useServerEvent } from "@/realtime/RealtimeProvider";

export function useFriends() {
  return useQuery({
    queryKey: keys.friends,
    queryFn: () =>
      allPages<Friend>((cursor) =>
        request(api.GET("/api/friends", { params: { query: { limit: 100, ...(cursor && { cursor }) } } })),
      ),
  });
}

/** The requests that wait, in both directions. */
export function useFriendRequests() {
  return useQuery({
    queryKey: keys.friendRequests,
    queryFn: () =>
      allPages<FriendRequest>((cursor) =>
        request(
          api.GET("/api/friends/requests", { params: { query: { limit: 100, ...(cursor && { cursor }) } } }),
        ),
      ),
  });
}

const blockedQuery = queryOptions({
  queryKey: keys.blocked,
  queryFn: () =>
    allPages<Blocked>((cursor) =>
      request(
        api.GET("/api/users/me/blocked", { params: { query: { limit: 100, ...(cursor && { cursor }) } } }),
      ),
    ),
});

export function useBlocked() {
  return useQuery(blockedQuery);
}

const NOBODY: ReadonlySet<string> = new Set();
const idsOf = (blocked: readonly Blocked[]): ReadonlySet<string> =>
  new Set(blocked.map(({ user }) => user.id));

/** The ids of those whom one blocks; the same set until it changes. */
export function useBlockedIds(): ReadonlySet<string> {
  return useQuery({ ...blockedQuery, select: idsOf }).data ?? NOBODY;
}

/** Keeps what is known of people in step with what others do. */
export function usePeopleUpdates(): void {
  const queries = useQueryClient();
  const refetch = () => void queries.invalidateQueries({ queryKey: keys.people });
  useServerEvent("friend_request", refetch);
  useConnected(refetch);
}

/** All that changes a relation makes everything that is known of people stale, and who may be written to. */
function usePeopleMutation<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: keys.people });
      void queries.invalidateQueries({ queryKey: keys.conversations });
      // Those of what blocked people did are neither listed nor counted.
      void queries.invalidateQueries({ queryKey: keys.notices });
      void queries.invalidateQueries({ queryKey: keys.unreadNotices });
    },
  });
}

const byUser = (userId: string) => ({ params: { path: { user_id: userId } } });
const byRequest = (requestId: string) => ({ params: { path: { request_id: requestId } } });

export function useRequestFriend() {
  return usePeopleMutation((username: string) =>
    request(api.POST("/api/friends/requests", { body: { username } })),
  );
}

export function useAnswerRequest() {
  return usePeopleMutation(async ({ id, answer }: { id: string; answer: "accept" | "reject" | "cancel" }) => {
    if (answer === "accept")
      await request(api.POST("/api/friends/requests/{request_id}/accept", byRequest(id)));
    else if (answer === "reject")
      await request(api.POST("/api/friends/requests/{request_id}/reject", byRequest(id)));
    else await request(api.DELETE("/api/friends/requests/{request_id}", byRequest(id)));
  });
}

export function useRemoveFriend() {
  return usePeopleMutation((userId: string) => request(api.DELETE("/api/friends/{user_id}", byUser(userId))));
}

export function useBlock() {
  return usePeopleMutation((userId: string) =>
    request(api.POST("/api/users/{user_id}/block", byUser(userId))),
  );
}

export function useUnblock() {
  return usePeopleMutation((userId: string) =>
    request(api.DELETE("/api/users/{user_id}/block", byUser(userId))),
  );
}
