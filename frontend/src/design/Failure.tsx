import { Alert } from "@mantine/core";
import type { ReactNode } from "react";

/** Why something did not work, read out at once; nothing where it did. */
export function Failure({ children }: { children: ReactNode }) {
  if (!children) return null;
  return (
    <Alert color="red" role="alert">
      {children}
    </Alert>
  );
}
