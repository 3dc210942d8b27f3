import { Alert, Button, Group, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toApiError } from "@/api/errors";
import { useErrorText } from "@/api/useErrorText";
import { PasswordField } from "./PasswordField";
import { newPasswordProblem } from "./rules";
import { useChangePassword, useMe } from "./session";

/** Lives only while the dialog is open, so that no password outlives it. */
export default function ChangePasswordForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const me = useMe();
  const change = useChangePassword();
  const [failure, setFailure] = useState<string | null>(null);
  const form = useForm({
    initialValues: { current_password: "", new_password: "" },
    validate: {
      current_password: (text) => (text ? null : t("fields.required")),
      new_password: (text) => {
        const problem = newPasswordProblem(text);
        return problem && t(problem);
      },
    },
  });

  const submit = form.onSubmit(async (values) => {
    setFailure(null);
    try {
      await change.mutateAsync(values);
      notifications.show({ message: t("account.passwordChanged") });
      onClose();
    } catch (thrown) {
      const error = toApiError(thrown);
      const fields = Object.entries(error.fields);
      for (const [name, text] of fields) form.setFieldError(name, text);
      if (fields.length === 0) setFailure(errorText(error));
    }
  });

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {failure && (
          <Alert color="red" role="alert">
            {failure}
          </Alert>
        )}
        {/* Password managers want to know whose password this is. */}
        <input type="text" name="username" autoComplete="username" value={me.username} readOnly hidden />
        <PasswordField
          data-autofocus
          label={t("account.currentPassword")}
          autoComplete="current-password"
          {...form.getInputProps("current_password")}
        />
        <PasswordField
          label={t("account.newPassword")}
          description={!form.errors.new_password && t("auth.passwordHint")}
          autoComplete="new-password"
          {...form.getInputProps("new_password")}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("actions.cancel")}
          </Button>
          <Button type="submit" loading={change.isPending}>
            {t("account.changePassword")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
