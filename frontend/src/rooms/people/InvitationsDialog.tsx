import { Autocomplete, Button, Stack } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { toApiError } from "@/api/errors";
import type { Invitation, Room } from "@/api/types";
import { useErrorText } from "@/api/useErrorText";
import { Age } from "@/design/Age";
import { Avatar } from "@/design/Avatar";
import { ErrorState, LoadingLines } from "@/design/States";
import { useNotifyError } from "@/design/useNotifyError";
import { useUserSearch } from "@/people/useUserSearch";
import styles from "./PeopleDialogs.module.css";
import { useInvite, useRoomInvitations, useTakeBackInvitation } from "./queries";

/** Asks people into a room, and shows who has not answered. */
export default function InvitationsDialog({ room }: { room: Room }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const notifyError = useNotifyError();
  const invite = useInvite(room.id);
  const takeBack = useTakeBackInvitation(room.id);
  const all = useRoomInvitations(room.id);
  // Shown even where the list has none: whoever blocks one gets no invitation, and that is not told.
  const [sent, setSent] = useState<Invitation[]>([]);
  const [name, setName] = useState("");
  const found = useUserSearch(name);
  const listed = all.data ?? [];
  const waiting = [...listed, ...sent.filter((each) => !listed.some(({ user }) => user.id === each.user.id))];

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const username = name.trim().replace(/^@/, "");
    if (!username) return;
    invite.mutate(username, {
      onSuccess: (invitation) => {
        setName("");
        setSent((before) => [...before.filter(({ user }) => user.id !== invitation.user.id), invitation]);
      },
    });
  };

  return (
    <Stack gap="md">
      <form className={styles.form} onSubmit={submit}>
        <Autocomplete
          data-autofocus
          label={t("people.addLabel")}
          data={[...new Set(found.map((user) => user.username))]}
          // What was found is what begins so: the nickname may match where the user name does not.
          filter={({ options }) => options}
          value={name}
          onChange={setName}
          maxLength={64}
          comboboxProps={{ withinPortal: true }}
          error={
            invite.isError &&
            errorText(invite.error, { not_found: t("people.nobody"), conflict: t("invitations.member") })
          }
        />
        <Button type="submit" loading={invite.isPending} disabled={!name.trim()}>
          {t("invitations.send")}
        </Button>
      </form>
      {all.isPending && <LoadingLines lines={2} height={44} />}
      {all.isError && <ErrorState error={all.error} onRetry={() => void all.refetch()} />}
      {waiting.length > 0 ? (
        <section aria-label={t("invitations.waiting")}>
          <h3 className={styles.heading}>{t("invitations.waiting")}</h3>
          <ul className={styles.list}>
            {waiting.map(({ user, invited_by: by, created_at: at }) => (
              <li key={user.id} className={styles.person}>
                <Avatar id={user.id} name={user.username} size={32} />
                <span className={styles.names}>
                  <span className={styles.name}>{user.username}</span>
                  <span className={styles.state}>
                    {t("invitations.by", { name: by.username })} · <Age at={Date.parse(at)} />
                  </span>
                </span>
                <Button
                  size="xs"
                  variant="default"
                  onClick={() => {
                    setSent((before) => before.filter((each) => each.user.id !== user.id));
                    takeBack.mutate(user.id, {
                      onError: (error) => {
                        // It has been answered meanwhile.
                        if (toApiError(error).code !== "not_found") notifyError(error);
                      },
                    });
                  }}
                >
                  {t("people.cancelRequest")}
                </Button>
              </li>
            ))}
          </ul>
        </section>
      ) : (
        all.isSuccess && <p className={styles.nothing}>{t("invitations.none")}</p>
      )}
    </Stack>
  );
}
