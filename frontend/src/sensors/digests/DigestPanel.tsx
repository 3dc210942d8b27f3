import { ActionIcon, Button, Modal } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import panel from "@/alerts/Alerts.module.css";
import type { Digest, Sensor } from "@/api/types";
import { useMe } from "@/auth/session";
import { ErrorState, LoadingHint } from "@/design/States";
import { useNotifyError } from "@/design/useNotifyError";
import { useRooms } from "@/rooms/queries";
import { DigestForm } from "./DigestForm";
import { hourText } from "./hours";
import { useDeleteDigest, useDigests } from "./queries";

/** Which rooms get the sensor's day once a day. */
export function DigestPanel({ sensor, mayManage }: { sensor: Sensor; mayManage: boolean }) {
  const { t } = useTranslation();
  const digests = useDigests(sensor.id);
  const [adding, { open, close }] = useDisclosure(false);
  return (
    <section className={panel.panel} aria-label={t("digests.title")}>
      <div className={panel.panelHead}>
        <h2>{t("digests.title")}</h2>
        {(mayManage || sensor.visibility === "public") && (
          <Button size="xs" variant="default" leftSection={<IconPlus size={15} />} onClick={open}>
            {t("digests.add")}
          </Button>
        )}
      </div>
      {digests.isPending && <LoadingHint className={panel.hint} />}
      {digests.isError && <ErrorState error={digests.error} onRetry={() => void digests.refetch()} />}
      {digests.data?.length === 0 && <p className={panel.hint}>{t("digests.none")}</p>}
      {digests.data && digests.data.length > 0 && (
        <ul className={panel.list}>
          {digests.data.map((digest) => (
            <DigestRow key={digest.id} digest={digest} mayManage={mayManage} />
          ))}
        </ul>
      )}
      <Modal opened={adding} onClose={close} title={t("digests.addTo", { name: sensor.name })}>
        <DigestForm sensor={sensor} onClose={close} />
      </Modal>
    </section>
  );
}

function DigestRow({ digest, mayManage }: { digest: Digest; mayManage: boolean }) {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const notifyError = useNotifyError();
  const remove = useDeleteDigest(digest.sensor_id);
  const room = useRooms().data?.find(({ id }) => id === digest.room_id);
  const runsRoom = room?.membership?.role === "owner" || room?.membership?.role === "moderator";
  const name = room?.name ?? t("digests.otherRoom");
  const next = new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium", timeStyle: "short" });
  return (
    <li className={panel.row}>
      <div className={panel.words}>
        <div className={panel.title}>
          {room ? <Link to={`/rooms/${room.id}`}>{name}</Link> : name}
          {" · "}
          {t("digests.at", { hour: hourText(digest.hour, i18n.language), zone: digest.tz })}
        </div>
        <div className={panel.facts}>
          <span>{t("digests.next", { time: next.format(Date.parse(digest.next_at)) })}</span>
          {digest.failure !== null && (
            <span role="alert">{t("digests.failed", { reason: digest.failure })}</span>
          )}
        </div>
      </div>
      {(mayManage || runsRoom || digest.created_by === me.id) && (
        <ActionIcon
          variant="subtle"
          color="red"
          aria-label={t("digests.remove", { name })}
          loading={remove.isPending}
          onClick={() => {
            remove.mutate(digest.id, { onError: notifyError });
          }}
        >
          <IconTrash size={17} />
        </ActionIcon>
      )}
    </li>
  );
}
