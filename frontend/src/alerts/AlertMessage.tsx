import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { AlertSnapshot, Message } from "@/api/types";
import { Age } from "@/design/Age";
import { ChartSnapshot } from "@/rooms/ChartSnapshot";
import { useConversation } from "@/rooms/conversation";
import { AlertAnswers } from "./AlertAnswers";
import styles from "./Alerts.module.css";
import { StateBadge } from "./StateBadge";
import { useAlertRule } from "./queries";
import { useAlertWords } from "./useAlertWords";

interface Props {
  alert: AlertSnapshot;
  message: Pick<Message, "chart" | "reply_to">;
}

/** An alert in a room: what is the matter, how it looked, who looks after it, and how it ended. It changes as the alert does. */
export function AlertMessage({ alert, message }: Props) {
  const { t } = useTranslation();
  const words = useAlertWords();
  // Whoever is in the room may answer.
  const { speaks } = useConversation();
  const open = alert.state !== "resolved";
  // What answers an alert's message says that it is over or has begun again.
  if (message.reply_to !== null) return <Turn alert={alert} />;
  const condition = words.condition(alert, alert.unit);
  return (
    <section className={styles.message} data-state={alert.state} aria-label={t("alerts.about", alert)}>
      <div className={styles.cardHead}>
        <StateBadge state={alert.state} />
        <span className={styles.severity}>{t(`alerts.severities.${alert.severity}`)}</span>
      </div>
      <div className={styles.said}>{alert.rule_name ?? `${alert.name}: ${condition}`}</div>
      {alert.value !== null && (
        <div className={styles.value}>{words.quantity(alert.value, alert.unit, alert.when)}</div>
      )}
      <div className={styles.facts}>
        {alert.rule_name !== null && <span>{condition}</span>}
        <span>
          {t("alerts.since", { time: words.moment(alert.started_at) })}
          {open && (
            <>
              {" · "}
              <Age at={Date.parse(alert.started_at)} />
            </>
          )}
        </span>
        {alert.occurrences > 1 && <span>{t("alerts.occurrences", { count: alert.occurrences })}</span>}
        {alert.acknowledged_by !== null && (
          <span>{t("alerts.acknowledgedBy", { name: alert.acknowledged_by })}</span>
        )}
        {!open && <span>{words.outcome(alert)}</span>}
        {open && <Silenced ruleId={alert.rule_id} />}
      </div>
      {message.chart ? (
        <ChartSnapshot chart={message.chart} />
      ) : (
        <Link className={styles.link} to={`/sensors/${alert.sensor_id}`}>
          {t("alerts.toSensor")}
        </Link>
      )}
      {open && speaks && (
        <AlertAnswers
          alertId={alert.alert_id}
          ruleId={alert.rule_id}
          firing={alert.state === "firing"}
          name={alert.rule_name ?? alert.name}
        />
      )}
    </section>
  );
}

function Silenced({ ruleId }: { ruleId: string }) {
  const { t } = useTranslation();
  const { moment } = useAlertWords();
  const until = useAlertRule(ruleId).data?.silenced_until;
  return until ? <span>{t("alerts.silence.is", { time: moment(until) })}</span> : null;
}

function Turn({ alert }: { alert: AlertSnapshot }) {
  const { t } = useTranslation();
  const words = useAlertWords();
  // Its state is that of what it tells of, which may be over by now. Messages of older servers have no turn.
  const over = (alert.turn ?? (alert.state === "resolved" ? "over" : "again")) === "over";
  const Icon = over ? IconCircleCheck : IconAlertTriangle;
  return (
    <div className={styles.turn} data-over={over || undefined}>
      <Icon size={17} aria-hidden />
      <span>
        <Link to={`/sensors/${alert.sensor_id}`} className={styles.link}>
          {alert.name}
        </Link>
        {": "}
        {over
          ? words.outcome(alert)
          : `${t("alerts.again")} · ${t("alerts.occurrences", { count: alert.occurrences })}`}
      </span>
    </div>
  );
}
