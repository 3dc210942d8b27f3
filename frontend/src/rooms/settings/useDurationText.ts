import { useTranslation } from "react-i18next";
import { durationOf } from "./change";

/** Says a time in words: "30 seconds". */
export function useDurationText(): (seconds: number) => string {
  const { t } = useTranslation();
  return (seconds) => {
    const { unit, count } = durationOf(seconds);
    return t(`duration.${unit}`, { count });
  };
}
