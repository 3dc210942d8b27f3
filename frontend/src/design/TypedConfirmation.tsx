import { Stack, Text, TextInput } from "@mantine/core";
import { type ReactNode, type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Failure } from "@/design/Failure";
import { FormButtons } from "@/design/FormButtons";

interface Props {
  /** What goes, and that it does not come back. */
  children: ReactNode;
  /** What has to be typed. */
  word: string;
  action: string;
  pending: boolean;
  failure: string | null;
  /** Asked besides, such as a password. */
  more?: ReactNode;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks for a name to be typed before something goes for good. */
export function TypedConfirmation({
  children,
  word,
  action,
  pending,
  failure,
  more,
  onConfirm,
  onClose,
}: Props) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const confirmed = typed.trim() === word.trim();

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (confirmed) onConfirm();
  };

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Failure>{failure}</Failure>
        <Text>{children}</Text>
        <TextInput
          data-autofocus
          label={t("actions.typeToConfirm", { word })}
          value={typed}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
          }}
        />
        {more}
        <FormButtons action={action} pending={pending} disabled={!confirmed} grave onCancel={onClose} />
      </Stack>
    </form>
  );
}
