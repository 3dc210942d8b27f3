import { Modal, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Failure } from "@/design/Failure";
import { FormButtons } from "@/design/FormButtons";
import { toApiError } from "@/api/errors";
import type { Device } from "@/api/types";
import { useErrorText } from "@/api/useErrorText";
import { useUpdateDevice } from "./queries";

interface Props {
  device: Device;
  opened: boolean;
  onClose: () => void;
}

export function EditDeviceDialog(props: Props) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={t("devices.edit.title", { name: props.device.name })}
    >
      <EditDeviceForm {...props} />
    </Modal>
  );
}

function EditDeviceForm({ device, onClose }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const update = useUpdateDevice(device.id);
  const [name, setName] = useState(device.name);
  const [location, setLocation] = useState(device.location);
  const error = update.error && toApiError(update.error);

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        update.mutate({ name, location }, { onSuccess: onClose });
      }}
    >
      <Stack gap="md">
        <Failure>{error && Object.keys(error.fields).length === 0 && errorText(error)}</Failure>
        <TextInput
          data-autofocus
          label={t("devices.create.name")}
          maxLength={80}
          autoComplete="off"
          value={name}
          error={error?.fields.name}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        <TextInput
          label={t("sensors.facts.location")}
          description={t("devices.edit.locationHint")}
          maxLength={80}
          autoComplete="off"
          value={location}
          error={error?.fields.location}
          onChange={(event) => {
            setLocation(event.currentTarget.value);
          }}
        />
        <FormButtons
          action={t("sensors.edit.save")}
          pending={update.isPending}
          disabled={name.trim() === ""}
          onCancel={onClose}
        />
      </Stack>
    </form>
  );
}
