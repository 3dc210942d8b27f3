import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toApiError } from "@/api/errors";
import { useErrorText } from "@/api/useErrorText";
import { PasswordField } from "@/auth/PasswordField";
import { useDeleteAccount, useMe } from "@/auth/session";
import { TypedConfirmation } from "@/design/TypedConfirmation";

export default function DeleteAccountForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const me = useMe();
  const remove = useDeleteAccount();
  const [password, setPassword] = useState("");
  const error = remove.error && toApiError(remove.error);
  const [fieldError] = Object.values(error?.fields ?? {});
  const passwordError =
    fieldError ?? (error?.code === "invalid_credentials" ? "This is not your password." : undefined);

  return (
    <TypedConfirmation
      word={me.username}
      action={t("settings.delete.confirm")}
      pending={remove.isPending}
      failure={
        error && !passwordError ? errorText(error, { conflict: t("settings.delete.onlyAdmin") }) : null
      }
      more={
        <PasswordField
          label={t("account.currentPassword")}
          autoComplete="current-password"
          value={password}
          error={passwordError}
          onChange={(event) => {
            setPassword(event.currentTarget.value);
          }}
        />
      }
      onClose={onClose}
      onConfirm={() => {
        remove.mutate(password);
      }}
    >
      {t("settings.delete.text")}
    </TypedConfirmation>
  );
}
