import { Drawer } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Outlet, useLocation } from "react-router";
import { useAlertUpdates } from "@/alerts/useAlertUpdates";
import { LoadingLines } from "@/design/States";
import { useConversationUpdates } from "@/direct/queries";
import { useNoticeUpdates } from "@/notices/useNoticeUpdates";
import { usePeopleUpdates } from "@/people/queries";
import { ConnectionBanner } from "@/realtime/ConnectionBanner";
import { useDepartures } from "@/rooms/useDepartures";
import { ErrorBoundary } from "../ErrorBoundary";
import { Navigation } from "./Navigation";
import { NavigationContext } from "./navigationContext";
import styles from "./Shell.module.css";

export function Shell() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  useConversationUpdates();
  usePeopleUpdates();
  useDepartures();
  useNoticeUpdates();
  useAlertUpdates();
  const narrow = useMediaQuery("(max-width: 860px)", undefined, { getInitialValueInEffect: false });
  const [opened, setOpened] = useState(false);
  const close = () => {
    setOpened(false);
  };

  return (
    <NavigationContext
      value={{
        narrow,
        open: () => {
          setOpened(true);
        },
      }}
    >
      <a className={styles.skip} href="#main">
        {t("nav.skip")}
      </a>
      <div className={styles.shell}>
        {narrow ? (
          <Drawer
            opened={opened}
            onClose={close}
            size={300}
            padding={0}
            withCloseButton={false}
            title={t("nav.label")}
            classNames={{ content: styles.drawer, header: styles.drawerHeader, body: styles.drawerBody }}
          >
            <Navigation onNavigate={close} />
          </Drawer>
        ) : (
          <div className={styles.nav}>
            <Navigation />
          </div>
        )}
        <div className={styles.page}>
          <ConnectionBanner />
          <main id="main" className={styles.main} tabIndex={-1}>
            <ErrorBoundary key={pathname}>
              <Suspense fallback={<LoadingLines />}>
                <Outlet />
              </Suspense>
            </ErrorBoundary>
          </main>
        </div>
      </div>
    </NavigationContext>
  );
}
