import { MantineProvider } from "@mantine/core";
import { ModalsProvider } from "@mantine/modals";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { BrowserRouter } from "react-router";
import { onSessionEnded } from "@/api/client";
import { createQueryClient } from "@/api/queries";
import { forgetSession } from "@/auth/session";
import { cssVariables, theme } from "@/design/theme";
import { ErrorBoundary } from "./ErrorBoundary";
import { AppRoutes } from "./routes";

export function App() {
  const [queries] = useState(createQueryClient);

  useEffect(
    () =>
      onSessionEnded(() => {
        forgetSession(queries, "expired");
      }),
    [queries],
  );

  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <ErrorBoundary>
        <QueryClientProvider client={queries}>
          <BrowserRouter>
            <ModalsProvider>
              <Notifications position="top-center" />
              <AppRoutes />
            </ModalsProvider>
          </BrowserRouter>
        </QueryClientProvider>
      </ErrorBoundary>
    </MantineProvider>
  );
}
