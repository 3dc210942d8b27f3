/** What mailed links are for: showing that an address is one's own, and a password in place of a forgotten one. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import i18next from "i18next";
import { api, request } from "@/api/client";
import { keys } from "@/api/queries";

/** The language of a mail, where the account has none. */
export const inMyLanguage = () => ({ "Accept-Language": i18next.language });

/** Verifies the address that a link was mailed to; doing it again is fine. */
export function useVerification(token: string) {
  const queries = useQueryClient();
  return useQuery({
    queryKey: keys.verification(token),
    queryFn: async () => {
      await request(api.POST("/api/auth/verify-email", { body: { token } }));
      void queries.invalidateQueries({ queryKey: keys.me });
      return true;
    },
    retry: false,
    staleTime: Infinity,
  });
}

/** Mails the link that verifies one's own address. */
export function useSendVerification() {
  return useMutation({
    mutationFn: () => request(api.POST("/api/auth/verify-email", { body: {}, headers: inMyLanguage() })),
  });
}

/** Mails a link to whoever has that user name or address, if there is such an account. */
export function useForgotPassword() {
  return useMutation({
    mutationFn: (username: string) =>
      request(api.POST("/api/auth/forgot-password", { body: { username }, headers: inMyLanguage() })),
  });
}

export function useResetPassword() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { token: string; password: string }) =>
      request(api.POST("/api/auth/reset-password", { body })),
    // The account of this browser's session may be the one whose sessions have ended.
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.me }),
  });
}
