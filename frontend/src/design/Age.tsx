import { useTranslation } from "react-i18next";
import { useNow } from "@/lib/clock";
import { ageOf, fullTime } from "@/lib/time";

/** How long ago something was, ticking. `at`: ms since the epoch. */
export function Age({ at }: { at: number }) {
  const { t, i18n } = useTranslation();
  const age = ageOf(at, useNow());
  const text = age.unit === "now" ? t("age.now") : t(`age.${age.unit}`, { count: age.count });
  return (
    <time dateTime={new Date(at).toISOString()} title={fullTime(new Date(at), i18n.language)}>
      {text}
    </time>
  );
}
