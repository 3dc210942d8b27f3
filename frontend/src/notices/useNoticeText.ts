import { useTranslation } from "react-i18next";
import type { Notice } from "@/api/types";
import { fullName } from "@/people/names";

/** Says in a sentence what a notice is about. */
export function useNoticeText(): (notice: Notice) => string {
  const { t } = useTranslation();
  return ({ kind, actor, room_name: room }) =>
    t(`notices.kinds.${kind}`, {
      name: actor ? fullName(actor) : t("notices.somebody"),
      room: room ?? t("notices.someRoom"),
    });
}
