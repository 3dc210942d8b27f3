import { Alert, Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { copyText } from "@/lib/clipboard";
import styles from "./TokenDialog.module.css";

export interface IssuedToken {
  deviceName: string;
  token: string;
}

interface Props {
  issued: IssuedToken | null;
  onClose: () => void;
}

/** The one time that a token is shown. A click beside the dialog does not close it. */
export function TokenDialog({ issued, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={issued !== null}
      onClose={onClose}
      closeOnClickOutside={false}
      title={issued && t("devices.token.title", { name: issued.deviceName })}
    >
      {issued && <Token token={issued.token} onClose={onClose} />}
    </Modal>
  );
}

function Token({ token, onClose }: { token: string; onClose: () => void }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState<boolean | null>(null);
  return (
    <Stack gap="md">
      <Alert color="yellow">{t("devices.token.once")}</Alert>
      <TextInput
        label={t("devices.token.label")}
        classNames={{ input: styles.token }}
        value={token}
        readOnly
        error={copied === false && t("devices.token.copyFailed")}
        onFocus={(event) => {
          event.currentTarget.select();
        }}
      />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t("actions.done")}
        </Button>
        <Button
          data-autofocus
          leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
          onClick={async () => {
            setCopied(await copyText(token));
          }}
        >
          <span aria-live="polite">{copied ? t("devices.token.copied") : t("devices.token.copy")}</span>
        </Button>
      </Group>
    </Stack>
  );
}
