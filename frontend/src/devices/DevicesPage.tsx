import { ActionIcon, Button, Menu, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { modals } from "@mantine/modals";
import {
  IconChevronDown,
  IconChevronRight,
  IconCpu,
  IconDots,
  IconPencil,
  IconPlus,
  IconRefresh,
  IconSend,
  IconTrash,
} from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Device } from "@/api/types";
import { PageHeader } from "@/app/shell/PageHeader";
import { Age } from "@/design/Age";
import { EmptyState, ErrorState, LoadingLines } from "@/design/States";
import { useNotifyError } from "@/design/useNotifyError";
import { CreateDeviceDialog } from "./CreateDeviceDialog";
import { DeviceFacts } from "./DeviceFacts";
import { DeviceSensors } from "./DeviceSensors";
import styles from "./DevicesPage.module.css";
import { EditDeviceDialog } from "./EditDeviceDialog";
import { SendingDialog } from "./SendingDialog";
import { type IssuedToken, TokenDialog } from "./TokenDialog";
import { useDeleteDevice, useDevices, useRotateToken } from "./queries";

export default function DevicesPage() {
  const { t } = useTranslation();
  const devices = useDevices();
  const [creating, { open: create, close: closeCreate }] = useDisclosure(false);
  const [issued, setIssued] = useState<IssuedToken | null>(null);
  const createButton = (
    <Button leftSection={<IconPlus size={16} />} onClick={create}>
      {t("devices.create.open")}
    </Button>
  );

  return (
    <>
      <PageHeader
        title={t("devices.title")}
        actions={devices.data && devices.data.length > 0 && createButton}
      />
      <div className={styles.scroll}>
        {devices.isPending && <LoadingLines lines={3} height={64} />}
        {devices.isError && <ErrorState error={devices.error} onRetry={() => void devices.refetch()} />}
        {devices.data?.length === 0 && (
          <EmptyState icon={<IconCpu size={26} />} title={t("devices.emptyTitle")} action={createButton}>
            {t("devices.emptyText")}
          </EmptyState>
        )}
        {devices.data && devices.data.length > 0 && (
          <ul className={styles.list}>
            {devices.data.map((device) => (
              <DeviceRow key={device.id} device={device} onIssued={setIssued} />
            ))}
          </ul>
        )}
      </div>
      <CreateDeviceDialog opened={creating} onClose={closeCreate} onIssued={setIssued} />
      <TokenDialog
        issued={issued}
        onClose={() => {
          setIssued(null);
        }}
      />
    </>
  );
}

function DeviceRow({ device, onIssued }: { device: Device; onIssued: (issued: IssuedToken) => void }) {
  const { t } = useTranslation();
  const rotate = useRotateToken();
  const remove = useDeleteDevice();
  const notifyError = useNotifyError();
  const [sensorsShown, { toggle: toggleSensors }] = useDisclosure(false);
  const [helping, { open: help, close: closeHelp }] = useDisclosure(false);
  const [editing, { open: edit, close: closeEdit }] = useDisclosure(false);

  const confirmRotate = () => {
    modals.openConfirmModal({
      title: t("devices.rotate.title", { name: device.name }),
      children: <Text>{t("devices.rotate.text")}</Text>,
      labels: { confirm: t("devices.rotate.confirm"), cancel: t("actions.cancel") },
      onConfirm: () => {
        rotate.mutate(device.id, {
          onSuccess: ({ token }) => {
            onIssued({ deviceName: device.name, token });
          },
          onError: notifyError,
        });
      },
    });
  };
  const confirmRemove = () => {
    modals.openConfirmModal({
      title: t("devices.remove.title", { name: device.name }),
      children: <Text>{t("devices.remove.text")}</Text>,
      labels: { confirm: t("devices.remove.confirm"), cancel: t("actions.cancel") },
      confirmProps: { color: "red" },
      onConfirm: () => {
        remove.mutate(device.id, { onError: notifyError });
      },
    });
  };

  return (
    <li className={styles.device} aria-label={device.name}>
      <span className={styles.icon} aria-hidden>
        <IconCpu size={20} />
      </span>
      <div className={styles.names}>
        <span className={styles.name}>{device.name}</span>
        <span className={styles.state}>
          <span className={styles.dot} data-online={device.online} aria-hidden />
          {device.online ? t("devices.online") : t("devices.offline")}
          {!device.online && device.last_seen && (
            <>
              {" · "}
              {t("devices.lastSeen")} <Age at={Date.parse(device.last_seen)} />
            </>
          )}
          {device.location && ` · ${device.location}`}
          {device.agent
            ? ` · ${t("devices.agent")}`
            : ` · ${t("devices.tokenHint", { hint: device.token_hint })}`}
        </span>
        <DeviceFacts device={device} />
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          className={styles.toggle}
          leftSection={sensorsShown ? <IconChevronDown size={15} /> : <IconChevronRight size={15} />}
          aria-expanded={sensorsShown}
          disabled={device.sensor_count === 0}
          onClick={toggleSensors}
        >
          {t("sensors.count", { count: device.sensor_count })}
        </Button>
        {sensorsShown && <DeviceSensors deviceId={device.id} />}
      </div>
      <Menu position="bottom-end" width={200}>
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={t("devices.menu", { name: device.name })}
            loading={rotate.isPending || remove.isPending}
          >
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={16} />} onClick={edit}>
            {t("devices.edit.action")}
          </Menu.Item>
          <Menu.Item leftSection={<IconSend size={16} />} onClick={help}>
            {t("sending.action")}
          </Menu.Item>
          <Menu.Item leftSection={<IconRefresh size={16} />} onClick={confirmRotate}>
            {t("devices.rotate.action")}
          </Menu.Item>
          <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={confirmRemove}>
            {t("devices.remove.action")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <SendingDialog device={device} opened={helping} onClose={closeHelp} />
      <EditDeviceDialog device={device} opened={editing} onClose={closeEdit} />
    </li>
  );
}
