import { NumberInput, Radio, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";
import { Failure } from "@/design/Failure";
import { FormButtons } from "@/design/FormButtons";
import { useRefusal } from "@/design/useRefusal";
import type { Room } from "@/api/types";
import { MAX_CAPACITY, MAX_ROOM_NAME } from "./limits";
import { type NewRoom, useCreateRoom } from "./queries";

interface Props {
  onClose: () => void;
  onCreated: (room: Room) => void;
}

export default function CreateRoomForm({ onClose, onCreated }: Props) {
  const { t } = useTranslation();
  const create = useCreateRoom();
  const form = useForm<NewRoom>({
    initialValues: { name: "", capacity: 500, visibility: "public" },
    validate: {
      name: (text) => (text.trim() ? null : t("fields.required")),
      capacity: (count) =>
        Number.isInteger(count) && count >= 1 && count <= MAX_CAPACITY ? null : t("fields.number"),
    },
  });
  const { failure, attempt } = useRefusal(form);

  const submit = form.onSubmit(async (values) => {
    await attempt(async () => {
      const room = await create.mutateAsync({ ...values, name: values.name.trim() });
      onClose();
      onCreated(room);
    });
  });

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Failure>{failure}</Failure>
        <TextInput
          data-autofocus
          label={t("rooms.create.name")}
          maxLength={MAX_ROOM_NAME}
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
        <FormButtons action={t("rooms.create.action")} pending={create.isPending} onCancel={onClose} />
      </Stack>
    </form>
  );
}
