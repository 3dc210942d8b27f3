import { Button, FileButton, Text } from "@mantine/core";
import { IconFileUpload } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./Import.module.css";

/** Takes a file, dropped or chosen. */
export function FileDrop({ onFile }: { onFile: (file: File) => void }) {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  return (
    <div
      className={styles.drop}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => {
        setOver(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const file = event.dataTransfer.files[0];
        if (file) onFile(file);
      }}
    >
      <IconFileUpload size={30} aria-hidden />
      <Text>{t("importing.drop")}</Text>
      <FileButton
        accept=".csv,.tsv,.txt,text/csv,text/plain"
        inputProps={{ "aria-label": t("importing.choose") }}
        onChange={(file) => {
          if (file) onFile(file);
        }}
      >
        {(props) => (
          <Button data-autofocus {...props}>
            {t("importing.choose")}
          </Button>
        )}
      </FileButton>
      <Text size="sm" c="dimmed">
        {t("importing.hint")}
      </Text>
    </div>
  );
}
