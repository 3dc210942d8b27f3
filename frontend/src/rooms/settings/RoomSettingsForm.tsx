import { NumberInput, Radio, Select, Stack, Switch, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Failure } from "@/design/Failure";
import { FormButtons } from "@/design/FormButtons";
import { useRefusal } from "@/design/useRefusal";
import type { Room } from "@/api/types";
import { useMe } from "@/auth/session";
import { roomRights } from "../rank";
import { MAX_CAPACITY, MAX_ROOM_NAME, MAX_TOPIC } from "../limits";
import { type RoomSettings, changeOf, settingsOf, slowModeSteps } from "./change";
import { useUpdateRoom } from "./queries";
import { useDurationText } from "./useDurationText";

/** The settings of a room: a moderator's few, an owner's all. */
export default function RoomSettingsForm({ room, onClose }: { room: Room; onClose: () => void }) {
  const { t } = useTranslation();
  const durationText = useDurationText();
  const rights = roomRights(room, useMe());
  const update = useUpdateRoom(room.id);
  // As it was when the dialog opened: what others change meanwhile is not undone by saving.
  const [before] = useState(() => settingsOf(room));
  const form = useForm<RoomSettings>({
    initialValues: before,
    validate: {
      name: (text) => (text.trim() ? null : t("fields.required")),
      capacity: (count) => {
        if (!Number.isInteger(count) || count < 1 || count > MAX_CAPACITY) return t("fields.number");
        return count < room.member_count
          ? t("roomSettings.capacityTooSmall", { count: room.member_count })
          : null;
      },
    },
  });
  const { failure, attempt } = useRefusal(form);

  const submit = form.onSubmit(async (values) => {
    const change = changeOf(before, values, rights);
    if (Object.keys(change).length === 0) {
      onClose();
      return;
    }
    await attempt(async () => {
      await update.mutateAsync(change);
      onClose();
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
        <TextInput
          label={t("roomSettings.topic")}
          description={!form.errors.topic && t("roomSettings.topicHint")}
          maxLength={MAX_TOPIC}
          autoComplete="off"
          {...form.getInputProps("topic")}
        />
        <Select
          label={t("roomSettings.slowMode")}
          description={t("roomSettings.slowModeHint")}
          allowDeselect={false}
          data={slowModeSteps(before.slow_mode_seconds).map((seconds) => ({
            value: String(seconds),
            label: seconds === 0 ? t("roomSettings.slowModeOff") : durationText(seconds),
          }))}
          value={String(form.values.slow_mode_seconds)}
          onChange={(value) => {
            form.setFieldValue("slow_mode_seconds", Number(value ?? 0));
          }}
          error={form.errors.slow_mode_seconds}
        />
        {rights.own && (
          <>
            <NumberInput
              label={t("rooms.create.capacity")}
              description={!form.errors.capacity && t("rooms.create.capacityHint")}
              min={1}
              max={MAX_CAPACITY}
              allowDecimal={false}
              thousandSeparator
              {...form.getInputProps("capacity")}
            />
            {rights.becomePrivate && (
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
            )}
            {form.values.visibility === "private" && (
              <Switch
                label={t("roomSettings.membersCanInvite")}
                description={t("roomSettings.membersCanInviteHint")}
                {...form.getInputProps("members_can_invite", { type: "checkbox" })}
              />
            )}
          </>
        )}
        <FormButtons action={t("actions.save")} pending={update.isPending} onCancel={onClose} />
      </Stack>
    </form>
  );
}
