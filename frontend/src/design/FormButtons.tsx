import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface Props {
  /** What submitting the form does. */
  action: string;
  pending: boolean;
  disabled?: boolean;
  /** It cannot be taken back. */
  grave?: boolean;
  onCancel: () => void;
}

/** The end of a form in a dialog. */
export function FormButtons({ action, pending, disabled = false, grave = false, onCancel }: Props) {
  const { t } = useTranslation();
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={onCancel}>
        {t("actions.cancel")}
      </Button>
      <Button type="submit" loading={pending} disabled={disabled} {...(grave && { color: "red" })}>
        {action}
      </Button>
    </Group>
  );
}
