import { Alert, Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toApiError } from "@/api/errors";
import { useErrorText } from "@/api/useErrorText";
import type { IssuedToken } from "./TokenDialog";
import { useCreateDevice } from "./queries";

interface Props {
  opened: boolean;
  onClose: () => void;
  onIssued: (issued: IssuedToken) => void;
}

export function CreateDeviceDialog(props: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={t("devices.create.title")}>
      <CreateDeviceForm {...props} />
    </Modal>
  );
}

function CreateDeviceForm({ onClose, onIssued }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const create = useCreateDevice();
  const [name, setName] = useState("");
  const error = create.error && toApiError(create.error);

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate(name.trim(), {
          onSuccess: ({ device, token }) => {
            onClose();
            onIssued({ deviceName: device.name, token });
          },
        });
      }}
    >
      <Stack gap="md">
        {error && !error.fields.name && (
          <Alert color="red" role="alert">
            {errorText(error)}
          </Alert>
        )}
        <TextInput
          data-autofocus
          label={t("devices.create.name")}
          description={!error?.fields.name && t("devices.create.nameHint")}
          maxLength={80}
          autoComplete="off"
          value={name}
          error={error?.fields.name}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("actions.cancel")}
          </Button>
          <Button type="submit" loading={create.isPending} disabled={name.trim() === ""}>
            {t("devices.create.action")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
