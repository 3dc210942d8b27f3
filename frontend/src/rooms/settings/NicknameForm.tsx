import { Button, Group, Stack, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { toApiError } from "@/api/errors";
import type { Room } from "@/api/types";
import { useErrorText } from "@/api/useErrorText";
import { MAX_NICKNAME } from "../limits";
import { useJoinRoom } from "../queries";

/** Another name in this room alone. */
export default function NicknameForm({ room, onClose }: { room: Room; onClose: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [nickname, setNickname] = useState(room.membership?.nickname ?? "");
  // Joining again changes nothing but the nickname.
  const rename = useJoinRoom(room.id);
  const error = rename.error && toApiError(rename.error);

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!nickname.trim()) return;
    rename.mutate(nickname.trim(), { onSuccess: onClose });
  };

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <TextInput
          data-autofocus
          label={t("rooms.join.nickname")}
          description={!error && t("rooms.join.nicknameHint")}
          value={nickname}
          maxLength={MAX_NICKNAME}
          autoComplete="off"
          error={error && (error.fields.nickname ?? errorText(error, { conflict: t("rooms.join.taken") }))}
          onChange={(event) => {
            setNickname(event.currentTarget.value);
          }}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("actions.cancel")}
          </Button>
          <Button type="submit" loading={rename.isPending} disabled={!nickname.trim()}>
            {t("actions.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
