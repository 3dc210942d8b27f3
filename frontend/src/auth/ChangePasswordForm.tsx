import { Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useTranslation } from "react-i18next";
import { Failure } from "@/design/Failure";
import { FormButtons } from "@/design/FormButtons";
import { useRefusal } from "@/design/useRefusal";
import { PasswordField } from "./PasswordField";
import { newPasswordProblem } from "./rules";
import { useChangePassword, useMe } from "./session";

/** Lives only while the dialog is open, so that no password outlives it. */
export default function ChangePasswordForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const change = useChangePassword();
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
  const { failure, attempt } = useRefusal(form);

  const submit = form.onSubmit(async (values) => {
    await attempt(async () => {
      await change.mutateAsync(values);
      notifications.show({ message: t("account.passwordChanged") });
      onClose();
    });
  });

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Failure>{failure}</Failure>
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
        <FormButtons action={t("account.changePassword")} pending={change.isPending} onCancel={onClose} />
      </Stack>
    </form>
  );
}
