import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toApiError } from "@/api/errors";
import type { Room } from "@/api/types";
import { useErrorText } from "@/api/useErrorText";
import { useMe } from "@/auth/session";
import styles from "./JoinPanel.module.css";
import { MAX_NICKNAME } from "./limits";
import { useJoinRoom } from "./queries";

/** Asks for the name under which one joins a room, and joins it. */
export function JoinForm({ room, onJoined }: { room: Room; onJoined?: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const me = useMe();
  const [nickname, setNickname] = useState(me.nickname);
  const join = useJoinRoom(room.id);
  const error = join.error && toApiError(join.error);
  const nicknameError =
    error && (error.fields.nickname ?? (error.code === "conflict" && t("rooms.join.taken")));

  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        join.mutate(nickname.trim(), { ...(onJoined && { onSuccess: onJoined }) });
      }}
    >
      <TextInput
        data-autofocus
        label={t("rooms.join.nickname")}
        description={!nicknameError && t("rooms.join.nicknameHint")}
        value={nickname}
        maxLength={MAX_NICKNAME}
        error={nicknameError}
        onChange={(event) => {
          setNickname(event.currentTarget.value);
        }}
      />
      {error && !nicknameError && (
        <p role="alert" className={styles.error}>
          {errorText(error, {
            room_full: t("rooms.join.full", { count: room.capacity }),
            forbidden: t("rooms.join.forbidden"),
          })}
        </p>
      )}
      <Button type="submit" loading={join.isPending}>
        {t("rooms.join.action")}
      </Button>
    </form>
  );
}
