import { Button, TextInput } from "@mantine/core";
import { IconUsersGroup } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toApiError } from "@/api/errors";
import type { Room } from "@/api/types";
import { useErrorText } from "@/api/useErrorText";
import { useMe } from "@/auth/session";
import { EmptyState } from "@/design/States";
import styles from "./JoinPanel.module.css";
import { useJoinRoom } from "./queries";

/** A room that one is not in yet, and the name under which one would be. */
export function JoinPanel({ room }: { room: Room }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const me = useMe();
  const [nickname, setNickname] = useState(me.nickname);
  const join = useJoinRoom(room.id);
  const error = join.error && toApiError(join.error);
  const nicknameError =
    error && (error.fields.nickname ?? (error.code === "conflict" && t("rooms.join.taken")));

  return (
    <EmptyState icon={<IconUsersGroup size={26} />} title={t("rooms.join.title", { name: room.name })}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          join.mutate(nickname.trim());
        }}
      >
        <TextInput
          label={t("rooms.join.nickname")}
          description={!nicknameError && t("rooms.join.nicknameHint")}
          value={nickname}
          maxLength={40}
          error={nicknameError}
          onChange={(event) => {
            setNickname(event.currentTarget.value);
          }}
        />
        {error && !nicknameError && (
          <p role="alert" className={styles.error}>
            {errorText(error, { room_full: t("rooms.join.full", { count: room.capacity }) })}
          </p>
        )}
        <Button type="submit" loading={join.isPending}>
          {t("rooms.join.action")}
        </Button>
      </form>
    </EmptyState>
  );
}
