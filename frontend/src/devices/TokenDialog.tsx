import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Copyable } from "./Copyable";
import { InstallLine } from "./InstallLine";
import { isOwnMachine } from "./install";

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
          <InstallLine token={issued.token} />
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
