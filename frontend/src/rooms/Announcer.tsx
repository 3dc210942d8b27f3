import { VisuallyHidden } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Message } from "@/api/types";

interface Props {
  messages: readonly Message[];
  ownId: string;
}

/**
 * Reads out what others say, once, as it comes. The list itself is not live: loading older pages would be read out too.
 */
export function Announcer({ messages, ownId }: Props) {
  const { t } = useTranslation();
  const last = messages.at(-1);
  // Whatever was there when the room was opened is not news.
  const [silentTo] = useState(last?.seq ?? 0);
  const news = last && last.seq > silentTo && last.author.id !== ownId && last.kind !== "join" ? last : null;
  return (
    <VisuallyHidden aria-live="polite" role="status">
      {news && t("rooms.announced", { name: news.nickname, text: news.body })}
    </VisuallyHidden>
  );
}
