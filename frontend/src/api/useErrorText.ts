import { useTranslation } from "react-i18next";
import { type ErrorCode, toApiError } from "./errors";

/** A failure in the reader's language; `own` replaces the sentence of a code where the place can say it better. */
export function useErrorText(): (error: unknown, own?: Partial<Record<ErrorCode, string>>) => string {
  const { t } = useTranslation();
  return (error, own) => {
    const { code, retryAfterSeconds } = toApiError(error);
    const sentence = own?.[code];
    if (sentence !== undefined) return sentence;
    if (code === "rate_limited" && retryAfterSeconds !== undefined) {
      return t("errors.rate_limited_for", { count: retryAfterSeconds });
    }
    return t(`errors.${code}`);
  };
}
