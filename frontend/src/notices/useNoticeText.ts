import { useTranslation } from "react-i18next";
import type { Notice } from "@/api/types";

/** Says in a sentence what a notice is about. */
export function useNoticeText(): (notice: Notice) => string {
  const { t } = useTranslation();
  return ({ kind, actor, room_name: room }) =>
    t(`notices.kinds.${kind}`, {
      name: actor?.username ?? t("notices.somebody"),
      room: room ?? t("notices.someRoom"),
    });
}
