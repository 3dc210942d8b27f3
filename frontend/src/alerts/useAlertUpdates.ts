import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { keys } from "@/api/queries";
import { Throttle } from "@/lib/throttle";
import { useConnected, useServerEvent } from "@/realtime/RealtimeProvider";

/** Many alerts at once (a device that is gone) are few looks at the lists. */
const GATHER_MS = 500;

/** Keeps all that is shown of alerts in step with the server. */
export function useAlertUpdates(): void {
  const queries = useQueryClient();
  const [throttle] = useState(
    () =>
      new Throttle(() => {
        void queries.invalidateQueries({ queryKey: keys.alerts });
      }, GATHER_MS),
  );
  useEffect(() => throttle.cancel, [throttle]);
  useServerEvent("sensor_alert", throttle.call);
  useServerEvent("alert_rules_updated", throttle.call);
  useConnected(throttle.call);
}
