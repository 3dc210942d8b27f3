import { useTranslation } from "react-i18next";
import type { Message } from "@/api/types";
import { firstLine } from "@/rooms/ReplyQuote";

/** The last message of a conversation in one line: without its marks, and what is no text in words. */
export function usePreview(): (message: Message, ownId: string) => string {
  const { t } = useTranslation();
  return (message, ownId) => {
    const { kind, style, deleted, nickname: name, chart } = message;
    if (deleted) return t("rooms.deleted");
    if (style === "action") return `${name} ${firstLine(message)}`;
    const text =
      kind === "chart"
        ? t("direct.preview.chart", { name: chart?.name ?? "" }).trim()
        : kind === "alert"
          ? t("direct.preview.alert")
          : firstLine(message);
    return message.author.id === ownId ? t("direct.preview.own", { text }) : text;
  };
}
