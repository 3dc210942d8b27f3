/** Who is signed in, and the ways in and out. */
import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { api, request } from "@/api/client";
import { toApiError } from "@/api/errors";
import { keys } from "@/api/queries";
import type { Me } from "@/api/types";
import type { Locale } from "@/i18n/locale";
import { inMyLanguage } from "./recovery";

/** The signed-in person, null where there is none, undefined while that is unknown. */
export function useSession() {
  return useQuery({
    queryKey: keys.me,
    queryFn: async (): Promise<Me | null> => {
      try {
        const { user } = await request(api.GET("/api/auth/me"));
        return user;
      } catch (error) {
        if (toApiError(error).code === "authentication_required") return null;
        throw error;
      }
    },
    staleTime: Infinity,
  });
}

export const MeContext = createContext<Me | null>(null);

/** The signed-in person; for what is drawn inside RequireUser. */
export function useMe(): Me {
  const me = useContext(MeContext);
  if (!me) throw new Error("There is no RequireUser above this component.");
  return me;
}

export interface Credentials {
  username: string;
  password: string;
}

export function useSignIn() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Credentials) => request(api.POST("/api/auth/login", { body })),
    onSuccess: ({ user }) => {
      queries.setQueryData(keys.me, user);
    },
  });
}

export function useRegister() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Credentials & { nickname?: string; email?: string }) =>
      request(api.POST("/api/auth/register", { body, headers: inMyLanguage() })),
    onSuccess: ({ user }) => {
      queries.setQueryData(keys.me, user);
    },
  });
}

/** Only the server can end a session (its cookie is out of reach from here), so a failure is one to be shown. */
export function useSignOut() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => request(api.POST("/api/auth/logout")),
    onSuccess: () => {
      forgetSession(queries, "signedOut");
    },
  });
}

/** Why nobody is signed in; the sign-in page says so where it was not one's own doing. */
export type SessionEnd = "expired" | "signedOut";

export function forgetSession(queries: QueryClient, why: SessionEnd): void {
  const wasSignedIn = Boolean(queries.getQueryData<Me | null>(keys.me));
  queries.setQueryData(keys.me, null);
  queries.removeQueries({ predicate: (query) => query.queryKey[0] !== keys.me[0] });
  if (wasSignedIn) queries.setQueryData<SessionEnd>(keys.sessionEnd, why);
}

export function useChangePassword() {
  return useMutation({
    mutationFn: (body: { current_password: string; new_password: string }) =>
      request(api.POST("/api/auth/change-password", { body })),
  });
}

export interface ProfileChange {
  nickname?: string;
  locale?: Locale;
  /** As a whole: what is left out is forgotten. */
  preferences?: Me["preferences"];
}

/** Ends the account, and with it every session. */
export function useDeleteAccount() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (password: string) => request(api.DELETE("/api/users/me", { body: { password } })),
    onSuccess: () => {
      forgetSession(queries, "signedOut");
    },
  });
}

export function useUpdateProfile() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: ProfileChange) => request(api.PATCH("/api/users/me", { body })),
    onSuccess: ({ user }) => {
      queries.setQueryData(keys.me, user);
    },
  });
}

/** Gives the account another e-mail address, or (null) none. */
export function useChangeEmail() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { email: string | null; password: string }) =>
      request(api.PATCH("/api/users/me", { body, headers: inMyLanguage() })),
    onSuccess: ({ user }) => {
      queries.setQueryData(keys.me, user);
    },
  });
}
