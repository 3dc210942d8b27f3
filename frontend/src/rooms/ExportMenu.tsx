import { ActionIcon, Menu } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

const FORMATS = ["txt", "csv", "json"] as const;

/** The whole log of a room as a file: links, so that the browser streams it to disk. */
export function ExportMenu({ roomId }: { roomId: string }) {
  const { t, i18n } = useTranslation();
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("rooms.export.action")}>
          <IconDownload size={19} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("rooms.export.action")}</Menu.Label>
        {FORMATS.map((format) => (
          <Menu.Item
            key={format}
            component="a"
            download
            href={`/api/chat-rooms/${roomId}/export?${new URLSearchParams({ format, locale: i18n.language, tz: zone }).toString()}`}
          >
            {t(`rooms.export.${format}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
