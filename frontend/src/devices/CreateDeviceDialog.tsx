import { Modal, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Failure } from "@/design/Failure";
import { FormButtons } from "@/design/FormButtons";
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
        <Failure>{error && !error.fields.name && errorText(error)}</Failure>
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
        <FormButtons
          action={t("devices.create.action")}
          pending={create.isPending}
          disabled={name.trim() === ""}
          onCancel={onClose}
        />
      </Stack>
    </form>
  );
}
