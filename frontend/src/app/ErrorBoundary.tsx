import { Button } from "@mantine/core";
import { Component, type ReactNode } from "react";
import { Translation } from "react-i18next";
import { EmptyState } from "@/design/States";

interface Props {
  children: ReactNode;
}

/** The last resort: says that the page itself failed, instead of leaving it blank. */
export class ErrorBoundary extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <Translation>
        {(t) => (
          <EmptyState
            title={t("states.crashedTitle")}
            action={
              <Button
                onClick={() => {
                  window.location.reload();
                }}
              >
                {t("actions.reload")}
              </Button>
            }
          >
            {t("states.crashedText")}
          </EmptyState>
        )}
      </Translation>
    );
  }
}
