import { Button, Group, Stack, Textarea } from "@mantine/core";
import { modals } from "@mantine/modals";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Failure } from "@/design/Failure";
import { useNavigate } from "react-router";
import type { User } from "@/api/types";
import { useErrorText } from "@/api/useErrorText";
import { useDirectConversations, useWritePrivately } from "./queries";

/** Opens the conversation with a person, or asks for its first message where there is none. */
export function useWriteTo(): (person: Pick<User, "id" | "nickname">) => void {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const conversations = useDirectConversations();
  return (person) => {
    const known = conversations.data?.find(({ user }) => user?.id === person.id);
    if (known) {
      void navigate(`/rooms/${known.room.id}`);
      return;
    }
    const dialog = modals.open({
      title: t("direct.writeTo", { name: person.nickname }),
      children: (
        <FirstMessage
          userId={person.id}
          onDone={(roomId) => {
            modals.close(dialog);
            if (roomId) void navigate(`/rooms/${roomId}`);
          }}
        />
      ),
    });
  };
}

function FirstMessage({ userId, onDone }: { userId: string; onDone: (roomId?: string) => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const write = useWritePrivately();
  const [body, setBody] = useState("");

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!body.trim()) return;
    write.mutate(
      { userId, body },
      {
        onSuccess: ({ roomId }) => {
          onDone(roomId);
        },
      },
    );
  };

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Failure>{write.isError && errorText(write.error)}</Failure>
        <Textarea
          data-autofocus
          aria-label={t("direct.first")}
          placeholder={t("direct.first")}
          autosize
          minRows={2}
          maxRows={8}
          maxLength={8000}
          value={body}
          onChange={(event) => {
            setBody(event.currentTarget.value);
          }}
        />
        <Group justify="flex-end">
          <Button
            variant="default"
            onClick={() => {
              onDone();
            }}
          >
            {t("actions.cancel")}
          </Button>
          <Button type="submit" loading={write.isPending}>
            {t("direct.send")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
