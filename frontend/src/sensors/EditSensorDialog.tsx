import { Button, Group, Modal, SegmentedControl, Stack, TagsInput, Text, TextInput } from "@mantine/core";
import { modals } from "@mantine/modals";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Failure } from "@/design/Failure";
import { useNavigate } from "react-router";
import { toApiError } from "@/api/errors";
import type { Sensor } from "@/api/types";
import { useErrorText } from "@/api/useErrorText";
import { useNotifyError } from "@/design/useNotifyError";
import { RetentionFields } from "./RetentionFields";
import { choicesOf } from "./dashboard/arrangement";
import { useDeleteSensor, useSensors, useUpdateSensor } from "./queries";
import { bodyOf, draftOf, isChanged } from "./retention";

interface Props {
  sensor: Sensor;
  opened: boolean;
  onClose: () => void;
}

/** What people make of a sensor: its name, where it is, who sees it. */
export function EditSensorDialog(props: Props) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={t("sensors.edit.title", { name: props.sensor.name })}
    >
      <EditSensorForm {...props} />
    </Modal>
  );
}

function EditSensorForm({ sensor, onClose }: Props) {
  const { t, i18n } = useTranslation();
  const errorText = useErrorText();
  const notifyError = useNotifyError();
  const navigate = useNavigate();
  const sensors = useSensors();
  const update = useUpdateSensor(sensor.id);
  const remove = useDeleteSensor();
  const [name, setName] = useState(sensor.name);
  const [unit, setUnit] = useState(sensor.unit);
  const [location, setLocation] = useState(sensor.location);
  const [labels, setLabels] = useState(sensor.labels);
  const [visibility, setVisibility] = useState(sensor.visibility);
  const [retention, setRetention] = useState(() => draftOf(sensor.retention_own));
  const error = update.error && toApiError(update.error);
  const known = choicesOf(sensors.data ?? [], i18n.language);

  const confirmRemove = () => {
    modals.openConfirmModal({
      title: t("sensors.remove.title", { name: sensor.name }),
      children: <Text>{t("sensors.remove.text")}</Text>,
      labels: { confirm: t("sensors.remove.confirm"), cancel: t("actions.cancel") },
      confirmProps: { color: "red" },
      onConfirm: () => {
        remove.mutate(sensor.id, {
          onSuccess: () => {
            void navigate("/sensors");
          },
          onError: notifyError,
        });
      },
    });
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const kept = isChanged(retention, sensor.retention_own) && { retention: bodyOf(retention) };
        update.mutate({ name, unit, location, labels, visibility, ...kept }, { onSuccess: onClose });
      }}
    >
      <Stack gap="md">
        <Failure>{error && Object.keys(error.fields).length === 0 && errorText(error)}</Failure>
        <TextInput
          data-autofocus
          label={t("sensors.edit.name")}
          maxLength={80}
          autoComplete="off"
          value={name}
          error={error?.fields.name}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        <TextInput
          label={t("sensors.edit.unit")}
          maxLength={24}
          autoComplete="off"
          value={unit}
          error={error?.fields.unit}
          onChange={(event) => {
            setUnit(event.currentTarget.value);
          }}
        />
        <TextInput
          label={t("sensors.facts.location")}
          description={
            sensor.device_location && t("sensors.edit.locationHint", { location: sensor.device_location })
          }
          maxLength={80}
          autoComplete="off"
          value={location}
          error={error?.fields.location}
          onChange={(event) => {
            setLocation(event.currentTarget.value);
          }}
        />
        <TagsInput
          label={t("sensors.facts.labels")}
          description={t("sensors.edit.labelsHint")}
          data={known.labels}
          maxTags={10}
          value={labels}
          error={Object.entries(error?.fields ?? {}).find(([field]) => field.startsWith("labels"))?.[1]}
          onChange={setLabels}
        />
        <div>
          <Text size="sm" fw={500} mb={4}>
            {t("sensors.facts.visibility")}
          </Text>
          <SegmentedControl
            fullWidth
            aria-label={t("sensors.facts.visibility")}
            data={(["public", "private"] as const).map((each) => ({
              value: each,
              label: t(`sensors.visibility.${each}`),
            }))}
            value={visibility}
            onChange={(chosen: Sensor["visibility"]) => {
              setVisibility(chosen);
            }}
          />
        </div>
        <RetentionFields
          sensor={sensor}
          draft={retention}
          fields={error?.fields ?? {}}
          onChange={setRetention}
        />
        <Group justify="space-between">
          <Button variant="subtle" color="red" onClick={confirmRemove} loading={remove.isPending}>
            {t("sensors.remove.action")}
          </Button>
          <Group gap="sm">
            <Button variant="default" onClick={onClose}>
              {t("actions.cancel")}
            </Button>
            <Button type="submit" loading={update.isPending} disabled={name.trim() === ""}>
              {t("sensors.edit.save")}
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}
