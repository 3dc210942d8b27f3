import { Button, Loader } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useConnection, useConnectionState } from "./RealtimeProvider";
import styles from "./ConnectionBanner.module.css";

/** How long a connection may be away before anyone is told: most come back within this. */
const PATIENCE_MS = 1_200;

export function ConnectionBanner() {
  const { t } = useTranslation();
  const connection = useConnection();
  const away = useConnectionState() === "offline";
  const [shown, setShown] = useState(false);

  useEffect(() => {
    const timer = setTimeout(
      () => {
        setShown(away);
      },
      away ? PATIENCE_MS : 0,
    );
    return () => {
      clearTimeout(timer);
    };
  }, [away]);

  return (
    <div role="status" aria-live="polite">
      {shown && (
        <div className={styles.banner}>
          <Loader size={14} color="currentColor" aria-hidden />
          <span>{t("connection.reconnecting")}</span>
          <Button
            size="compact-xs"
            variant="subtle"
            color="yellow"
            className={styles.retry}
            onClick={() => {
              connection.reconnectNow();
            }}
          >
            {t("connection.tryNow")}
          </Button>
        </div>
      )}
    </div>
  );
}
