import { Select, Stack, Text, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Failure } from "@/design/Failure";
import { FormButtons } from "@/design/FormButtons";
import type { Member } from "@/api/types";
import { useErrorText } from "@/api/useErrorText";
import { useDurationText } from "../settings/useDurationText";
import { useBan } from "./queries";

const DAY = 86_400;
/** In seconds; 0 is for good. */
const LENGTHS = [0, 3600, DAY, 7 * DAY, 30 * DAY];

/** Keeps a person out of a room, for a reason and a time. */
export function BanForm({
  roomId,
  member,
  onClose,
}: {
  roomId: string;
  member: Member;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const durationText = useDurationText();
  const ban = useBan(roomId);
  const [reason, setReason] = useState("");
  const [seconds, setSeconds] = useState(0);

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    ban.mutate(
      {
        user_id: member.user.id,
        reason: reason.trim(),
        ...(seconds > 0 && { until: new Date(Date.now() + seconds * 1000).toISOString() }),
      },
      { onSuccess: onClose },
    );
  };

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Failure>{ban.isError && errorText(ban.error)}</Failure>
        <Text>{t("bans.text")}</Text>
        <TextInput
          data-autofocus
          label={t("bans.reason")}
          description={t("bans.reasonHint")}
          value={reason}
          maxLength={200}
          onChange={(event) => {
            setReason(event.currentTarget.value);
          }}
        />
        <Select
          label={t("bans.length")}
          allowDeselect={false}
          data={LENGTHS.map((length) => ({
            value: String(length),
            label: length === 0 ? t("bans.forGood") : durationText(length),
          }))}
          value={String(seconds)}
          onChange={(value) => {
            setSeconds(Number(value ?? 0));
          }}
        />
        <FormButtons action={t("bans.confirm")} pending={ban.isPending} grave onCancel={onClose} />
      </Stack>
    </form>
  );
}
