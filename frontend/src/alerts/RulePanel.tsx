import { ActionIcon, Button, Menu, Modal, Switch, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconBellOff, IconDots, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { Suspense, lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { AlertRule, Sensor } from "@/api/types";
import { useMe } from "@/auth/session";
import { ErrorState, LoadingHint, LoadingLines } from "@/design/States";
import { useNotifyError } from "@/design/useNotifyError";
import { useRooms } from "@/rooms/queries";
import styles from "./Alerts.module.css";
import { SilenceList } from "./SilenceList";
import { SilenceMenu } from "./SilenceMenu";
import { StateBadge } from "./StateBadge";
import { useAlertRules, useDeleteRule, useEnableRule, useSilences } from "./queries";
import { useAlertWords } from "./useAlertWords";

const RuleForm = lazy(() => import("./RuleForm"));

interface Props {
  sensor: Sensor;
  mayManage: boolean;
}

/** The alert rules of a sensor and the silences about it: to be changed by whoever manages it, to be read by the others. */
export function RulePanel({ sensor, mayManage }: Props) {
  const { t } = useTranslation();
  const me = useMe();
  const rules = useAlertRules(sensor.id);
  const silences = useSilences(sensor.id).data ?? [];
  // null: a new one; undefined: the dialog is closed.
  const [edited, setEdited] = useState<AlertRule | null>();
  const close = () => {
    setEdited(undefined);
  };
  const answers = new Set(rules.data?.filter(({ room_id: roomId }) => roomId !== null).map(({ id }) => id));

  return (
    <section className={styles.panel} aria-label={t("alerts.rules.title")}>
      <div className={styles.panelHead}>
        <h2>{t("alerts.rules.title")}</h2>
        {mayManage && (rules.data?.length ?? 0) > 0 && (
          <SilenceMenu target={{ sensor_id: sensor.id }} name={sensor.name} />
        )}
        {mayManage && (
          <Button
            size="xs"
            leftSection={<IconPlus size={15} />}
            onClick={() => {
              setEdited(null);
            }}
          >
            {t("alerts.rules.add")}
          </Button>
        )}
      </div>
      {rules.isPending && <LoadingHint className={styles.hint} />}
      {rules.isError && <ErrorState error={rules.error} onRetry={() => void rules.refetch()} />}
      {rules.data?.length === 0 && (
        <p className={styles.hint}>{t(mayManage ? "alerts.rules.none" : "alerts.rules.noneHere")}</p>
      )}
      {rules.data && rules.data.length > 0 && (
        <ul className={styles.list}>
          {rules.data.map((rule) => (
            <RuleRow
              key={rule.id}
              rule={rule}
              sensor={sensor}
              mayManage={mayManage}
              onEdit={() => {
                setEdited(rule);
              }}
            />
          ))}
        </ul>
      )}
      {silences.length > 0 && (
        <>
          <h3 className={styles.subhead}>{t("alerts.silences.title")}</h3>
          <SilenceList
            silences={silences}
            mayEnd={({ created_by: by, rule_id: ruleId }) =>
              mayManage || by.id === me.id || (ruleId !== null && answers.has(ruleId))
            }
          />
        </>
      )}
      <Modal
        opened={edited !== undefined}
        onClose={close}
        title={t(edited ? "alerts.rules.edit" : "alerts.rules.add")}
      >
        <Suspense fallback={<LoadingLines />}>
          {edited !== undefined && <RuleForm sensor={sensor} rule={edited} onClose={close} />}
        </Suspense>
      </Modal>
    </section>
  );
}

interface RowProps {
  rule: AlertRule;
  sensor: Sensor;
  mayManage: boolean;
  onEdit: () => void;
}

function RuleRow({ rule, sensor, mayManage, onEdit }: RowProps) {
  const { t } = useTranslation();
  const words = useAlertWords();
  const notifyError = useNotifyError();
  const enable = useEnableRule();
  const remove = useDeleteRule();
  const room = useRooms().data?.find(({ id }) => id === rule.room_id);
  const condition = words.condition(rule, sensor.unit);
  const title = rule.name ?? condition;

  const confirmRemove = () => {
    modals.openConfirmModal({
      title: t("alerts.rules.removeTitle"),
      children: <Text>{t("alerts.rules.removeText", { name: title })}</Text>,
      labels: { confirm: t("alerts.rules.removeConfirm"), cancel: t("actions.cancel") },
      confirmProps: { color: "red" },
      onConfirm: () => {
        remove.mutate(rule.id, { onError: notifyError });
      },
    });
  };

  return (
    <li className={styles.row}>
      <StateBadge state={rule.enabled ? rule.state : "off"} />
      <div className={styles.words}>
        <div className={styles.title} data-off={rule.enabled ? undefined : true}>
          {title}
        </div>
        <div className={styles.facts}>
          {rule.name && <span>{condition}</span>}
          <span>{t(`alerts.severities.${rule.severity}`)}</span>
          {room && (
            <span>
              {t("alerts.rules.tells")} <Link to={`/rooms/${room.id}`}>{room.name}</Link>
            </span>
          )}
          {rule.mail && <span>{t("alerts.rules.mails")}</span>}
          {rule.silenced_until !== null && (
            <span>{t("alerts.silence.is", { time: words.moment(rule.silenced_until) })}</span>
          )}
        </div>
      </div>
      <span className={styles.tools}>
        {rule.room_id !== null && (
          <SilenceMenu target={{ rule_id: rule.id }} name={title}>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t("alerts.silence.title", { name: title })}
              title={t("alerts.silence.action")}
            >
              <IconBellOff size={17} />
            </ActionIcon>
          </SilenceMenu>
        )}
        {mayManage && (
          <>
            <Switch
              aria-label={t("alerts.rules.enabled", { name: title })}
              checked={enable.isPending ? enable.variables.enabled : rule.enabled}
              onChange={(event) => {
                enable.mutate(
                  { id: rule.id, enabled: event.currentTarget.checked },
                  { onError: notifyError },
                );
              }}
            />
            <Menu position="bottom-end">
              <Menu.Target>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={t("alerts.rules.menu", { name: title })}
                >
                  <IconDots size={17} />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item leftSection={<IconPencil size={16} />} onClick={onEdit}>
                  {t("alerts.rules.edit")}
                </Menu.Item>
                <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={confirmRemove}>
                  {t("alerts.rules.removeConfirm")}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </>
        )}
      </span>
    </li>
  );
}
