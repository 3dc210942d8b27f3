import { Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useTranslation } from "react-i18next";
import { PasswordField } from "@/auth/PasswordField";
import { useChangeEmail, useMe } from "@/auth/session";
import { Failure } from "@/design/Failure";
import { FormButtons } from "@/design/FormButtons";
import { useRefusal } from "@/design/useRefusal";

interface Props {
  /** Whether the account is to have no address any more. */
  removing: boolean;
  onClose: () => void;
}

/** Lives only while the dialog is open, so that no password outlives it. */
export default function EmailForm({ removing, onClose }: Props) {
  const { t } = useTranslation();
  const me = useMe();
  const change = useChangeEmail();
  const form = useForm({
    initialValues: { email: "", password: "" },
    validate: {
      email: (text) => (removing || text.trim() ? null : t("fields.required")),
      password: (text) => (text ? null : t("fields.required")),
    },
  });
  const { failure, attempt } = useRefusal(form);

  const submit = form.onSubmit(async ({ email, password }) => {
    await attempt(async () => {
      const { user } = await change.mutateAsync({ email: removing ? null : email.trim(), password });
      notifications.show({
        message:
          user.email === null || user.email_verified
            ? t("settings.saved")
            : t("settings.email.sent", { email: user.email }),
      });
      onClose();
    });
  });

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Failure>{failure}</Failure>
        {removing ? (
          <p>{t("settings.email.removeText", { email: me.email })}</p>
        ) : (
          <TextInput
            data-autofocus
            type="email"
            label={t("settings.email.title")}
            description={!form.errors.email && t("settings.email.uses")}
            autoComplete="email"
            maxLength={254}
            {...form.getInputProps("email")}
          />
        )}
        {/* Password managers want to know whose password this is. */}
        <input type="text" name="username" autoComplete="username" value={me.username} readOnly hidden />
        <PasswordField
          {...(removing && { "data-autofocus": true })}
          label={t("account.currentPassword")}
          autoComplete="current-password"
          {...form.getInputProps("password")}
        />
        <FormButtons
          action={t(removing ? "settings.email.remove" : "actions.save")}
          pending={change.isPending}
          onCancel={onClose}
        />
      </Stack>
    </form>
  );
}
