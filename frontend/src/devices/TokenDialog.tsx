import { Alert, Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { copyText } from "@/lib/clipboard";
import styles from "./TokenDialog.module.css";
import { installLine, isOwnMachine } from "./install";

export interface IssuedToken {
  deviceName: string;
  token: string;
}

interface Props {
  issued: IssuedToken | null;
  onClose: () => void;
}

/** The one time that a token is shown, with what to do with it. A click beside the dialog does not close it. */
export function TokenDialog({ issued, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={issued !== null}
      onClose={onClose}
      closeOnClickOutside={false}
      size="lg"
      title={issued && t("devices.token.title", { name: issued.deviceName })}
    >
      {issued && (
        <Stack gap="lg">
          <Alert color="yellow">{t("devices.token.once")}</Alert>
          <Copyable
            label={t("devices.token.label")}
            copyLabel={t("devices.token.copy")}
            value={issued.token}
            autofocus
          />
          <Copyable
            label={t("devices.install.label")}
            copyLabel={t("devices.install.copy")}
            value={installLine(window.location.origin)}
          />
          <Text size="sm" c="dimmed">
            {t("devices.install.hint")}{" "}
            {isOwnMachine(window.location.hostname) && t("devices.install.ownMachine")}
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("actions.done")}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

interface CopyableProps {
  label: string;
  copyLabel: string;
  value: string;
  autofocus?: boolean;
}

function Copyable({ label, copyLabel, value, autofocus = false }: CopyableProps) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState<boolean | null>(null);
  return (
    <div>
      <Textarea
        label={label}
        classNames={{ input: styles.token }}
        value={value}
        readOnly
        autosize
        error={copied === false && t("devices.token.copyFailed")}
        onFocus={(event) => {
          event.currentTarget.select();
        }}
      />
      <Button
        data-autofocus={autofocus || undefined}
        mt="xs"
        size="xs"
        variant="light"
        leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
        onClick={async () => {
          setCopied(await copyText(value));
        }}
      >
        <span aria-live="polite">{copied ? t("devices.token.copied") : copyLabel}</span>
      </Button>
    </div>
  );
}
