import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Navigate, Outlet, useLocation } from "react-router";
import { ErrorState, LoadingLines } from "@/design/States";
import { chosenLocale, showLocale } from "@/i18n";
import { isLocale } from "@/i18n/locale";
import { PresenceProvider } from "@/presence/PresenceProvider";
import { RealtimeProvider } from "@/realtime/RealtimeProvider";
import { ChatProvider } from "@/rooms/ChatProvider";
import { SensorFeedsProvider } from "@/sensors/SensorFeeds";
import type { SignInState } from "./SignInPage";
import { MeContext, forgetSession, useSession } from "./session";

/** What is below is for signed-in people: it has an account, a connection, and all that lives on that connection. */
export function RequireUser() {
  const location = useLocation();
  const queries = useQueryClient();
  const { data: me, error, refetch } = useSession();
  const locale = me?.locale;

  useEffect(() => {
    if (isLocale(locale) && !chosenLocale()) void showLocale(locale);
  }, [locale]);

  if (me === undefined)
    return error ? <ErrorState error={error} onRetry={() => void refetch()} /> : <LoadingLines />;
  if (me === null) {
    const state: SignInState = { from: location.pathname + location.search };
    return <Navigate to="/sign-in" state={state} replace />;
  }
  return (
    <MeContext value={me}>
      <RealtimeProvider
        key={me.id}
        onRefused={() => {
          forgetSession(queries, "expired");
        }}
      >
        <ChatProvider>
          <PresenceProvider>
            <SensorFeedsProvider>
              <Outlet />
            </SensorFeedsProvider>
          </PresenceProvider>
        </ChatProvider>
      </RealtimeProvider>
    </MeContext>
  );
}
