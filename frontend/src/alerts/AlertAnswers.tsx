import { Button } from "@mantine/core";
import { IconEyeCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useNotifyError } from "@/design/useNotifyError";
import styles from "./Alerts.module.css";
import { SilenceMenu } from "./SilenceMenu";
import { useAcknowledge } from "./queries";

interface Props {
  alertId: string;
  ruleId: string;
  /** Nobody has acknowledged it yet. */
  firing: boolean;
  name: string;
}

/** What one may say to an alert that is not over. */
export function AlertAnswers({ alertId, ruleId, firing, name }: Props) {
  const { t } = useTranslation();
  const acknowledge = useAcknowledge();
  const notifyError = useNotifyError();
  return (
    <div className={styles.answers}>
      {firing && (
        <Button
          size="xs"
          leftSection={<IconEyeCheck size={15} />}
          loading={acknowledge.isPending}
          onClick={() => {
            acknowledge.mutate(alertId, { onError: notifyError });
          }}
        >
          {t("alerts.acknowledge")}
        </Button>
      )}
      <SilenceMenu target={{ rule_id: ruleId }} name={name} />
    </div>
  );
}
