import { Modal, NumberInput, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Failure } from "@/design/Failure";
import { FormButtons } from "@/design/FormButtons";
import { toApiError } from "@/api/errors";
import type { Device } from "@/api/types";
import { useErrorText } from "@/api/useErrorText";
import { MAX_SECONDS, MIN_SECONDS, intervalText, intervals, toMs } from "./interval";
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
  const { t, i18n } = useTranslation();
  const errorText = useErrorText();
  const update = useUpdateDevice(device.id);
  const [name, setName] = useState(device.name);
  const [location, setLocation] = useState(device.location);
  const [seconds, setSeconds] = useState<string | number>(
    device.interval_ms === null ? "" : device.interval_ms / 1_000,
  );
  const { inForce } = intervals(device);
  const error = update.error && toApiError(update.error);

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const interval = toMs(seconds);
        const change = { name, location, ...(interval !== device.interval_ms && { interval_ms: interval }) };
        update.mutate(change, { onSuccess: onClose });
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
        <NumberInput
          label={t("devices.edit.interval")}
          description={t("devices.edit.intervalHint")}
          placeholder={
            inForce === null
              ? t("devices.edit.intervalOwn")
              : t("devices.edit.intervalNow", { time: intervalText(inForce, i18n.language) })
          }
          min={MIN_SECONDS}
          max={MAX_SECONDS}
          clampBehavior="none"
          decimalScale={3}
          allowNegative={false}
          value={seconds}
          error={error?.fields.interval_ms && t("devices.edit.intervalBounds")}
          onChange={setSeconds}
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
