import { Button, Textarea } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { copyText } from "@/lib/clipboard";
import styles from "./TokenDialog.module.css";

interface CopyableProps {
  label: string;
  copyLabel: string;
  value: string;
  autofocus?: boolean;
}

/** A text to be copied, by a button or by hand. */
export function Copyable({ label, copyLabel, value, autofocus = false }: CopyableProps) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState<boolean | null>(null);
  return (
    <div>
      <Textarea
        label={label}
        classNames={{ input: styles.token }}
        value={value}
        readOnly
        autosize
        error={copied === false && t("devices.token.copyFailed")}
        onFocus={(event) => {
          event.currentTarget.select();
        }}
      />
      <Button
        data-autofocus={autofocus || undefined}
        mt="xs"
        size="xs"
        variant="light"
        leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
        onClick={async () => {
          setCopied(await copyText(value));
        }}
      >
        <span aria-live="polite">{copied ? t("devices.token.copied") : copyLabel}</span>
      </Button>
    </div>
  );
}
