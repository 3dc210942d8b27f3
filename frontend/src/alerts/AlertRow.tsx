import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { api, request } from "@/api/client";
import { keys } from "@/api/queries";
import type { SensorAlert } from "@/api/types";
import { Age } from "@/design/Age";
import { useNotifyError } from "@/design/useNotifyError";
import { messagePath } from "@/rooms/conversation";
import { AlertAnswers } from "./AlertAnswers";
import styles from "./Alerts.module.css";
import { StateBadge } from "./StateBadge";
import { useAlertWords } from "./useAlertWords";

/** One alert of a list. */
export function AlertRow({ alert }: { alert: SensorAlert }) {
  const { t } = useTranslation();
  const words = useAlertWords();
  const open = alert.state !== "resolved";
  const condition = words.condition(alert, alert.unit);
  // Whoever may not know the room may not answer either.
  const mayAnswer = open && alert.room_id !== null;
  return (
    <li className={styles.card}>
      <div className={styles.cardHead}>
        <StateBadge state={alert.state} />
        <span className={styles.title}>
          <Link to={`/sensors/${alert.sensor_id}`}>{alert.sensor_name}</Link>: {alert.rule_name ?? condition}
        </span>
      </div>
      <div className={styles.facts}>
        {alert.rule_name !== null && <span>{condition}</span>}
        {alert.value !== null && <span>{words.quantity(alert.value, alert.unit, alert.when)}</span>}
        <span>{t(`alerts.severities.${alert.severity}`)}</span>
        <span>
          {t("alerts.since", { time: words.moment(alert.started_at) })}
          {" · "}
          <Age at={Date.parse(alert.started_at)} />
        </span>
        {alert.occurrences > 1 && <span>{t("alerts.occurrences", { count: alert.occurrences })}</span>}
        {alert.acknowledged_by && (
          <span>{t("alerts.acknowledgedBy", { name: alert.acknowledged_by.username })}</span>
        )}
        {!open && <span>{words.outcome(alert)}</span>}
        {alert.message_id !== null && <RoomButton messageId={alert.message_id} />}
      </div>
      {mayAnswer && (
        <AlertAnswers
          alertId={alert.id}
          ruleId={alert.rule_id}
          firing={alert.state === "firing"}
          name={alert.rule_name ?? alert.sensor_name}
        />
      )}
    </li>
  );
}

/** Goes to where the room was told. */
function RoomButton({ messageId }: { messageId: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const notifyError = useNotifyError();
  const go = async () => {
    try {
      const message = await queries.query({
        queryKey: keys.message(messageId),
        queryFn: async () => {
          const params = { path: { message_id: messageId } };
          return (await request(api.GET("/api/messages/{message_id}", { params }))).message;
        },
      });
      await navigate(messagePath(message));
    } catch (error) {
      notifyError(error);
    }
  };
  return (
    <button type="button" className={styles.link} onClick={go}>
      {t("alerts.toMessage")}
    </button>
  );
}
