import { Alert, Button, Group, NumberInput, Radio, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toApiError } from "@/api/errors";
import type { Room } from "@/api/types";
import { useErrorText } from "@/api/useErrorText";
import { type NewRoom, useCreateRoom } from "./queries";

interface Props {
  onClose: () => void;
  onCreated: (room: Room) => void;
}

const MAX_CAPACITY = 100_000;

export default function CreateRoomForm({ onClose, onCreated }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const create = useCreateRoom();
  const [failure, setFailure] = useState<string | null>(null);
  const form = useForm<NewRoom>({
    initialValues: { name: "", capacity: 500, visibility: "public" },
    validate: {
      name: (text) => (text.trim() ? null : t("fields.required")),
      capacity: (count) =>
        Number.isInteger(count) && count >= 1 && count <= MAX_CAPACITY ? null : t("fields.number"),
    },
  });

  const submit = form.onSubmit(async (values) => {
    setFailure(null);
    try {
      const room = await create.mutateAsync({ ...values, name: values.name.trim() });
      onClose();
      onCreated(room);
    } catch (thrown) {
      const error = toApiError(thrown);
      const fields = Object.entries(error.fields);
      for (const [name, text] of fields) form.setFieldError(name, text);
      if (fields.length === 0) setFailure(errorText(error));
    }
  });

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {failure && (
          <Alert color="red" role="alert">
            {failure}
          </Alert>
        )}
        <TextInput
          data-autofocus
          label={t("rooms.create.name")}
          maxLength={80}
          autoComplete="off"
          {...form.getInputProps("name")}
        />
        <NumberInput
          label={t("rooms.create.capacity")}
          description={!form.errors.capacity && t("rooms.create.capacityHint")}
          min={1}
          max={MAX_CAPACITY}
          allowDecimal={false}
          thousandSeparator
          {...form.getInputProps("capacity")}
        />
        <Radio.Group label={t("rooms.create.visibility")} {...form.getInputProps("visibility")}>
          <Stack gap="xs" mt="xs">
            <Radio
              value="public"
              label={t("rooms.create.public")}
              description={t("rooms.create.publicHint")}
            />
            <Radio
              value="private"
              label={t("rooms.create.private")}
              description={t("rooms.create.privateHint")}
            />
          </Stack>
        </Radio.Group>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("actions.cancel")}
          </Button>
          <Button type="submit" loading={create.isPending}>
            {t("rooms.create.action")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
