import { useTranslation } from "react-i18next";
import { serverText } from "@/i18n/serverTexts";
import { type ErrorCode, toApiError } from "./errors";

/** A failure in the reader's language; `own` replaces the sentence of a code where the place can say it better. */
export function useErrorText(): (error: unknown, own?: Partial<Record<ErrorCode, string>>) => string {
  const { t } = useTranslation();
  return (error, own) => {
    const { code, message, retryAfterSeconds } = toApiError(error);
    const sentence = own?.[code];
    if (sentence !== undefined) return sentence;
    if (code === "rate_limited" && retryAfterSeconds !== undefined) {
      return t("errors.rate_limited_for", { count: retryAfterSeconds });
    }
    // What is forbidden or in the way has many reasons, and the server says which.
    const specific = (code === "forbidden" || code === "conflict") && message !== code;
    return (specific ? serverText(message) : null) ?? t(`errors.${code}`);
  };
}
