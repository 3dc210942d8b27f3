import type { UseFormReturnType } from "@mantine/form";
import { useState } from "react";
import { toApiError } from "@/api/errors";
import { useErrorText } from "@/api/useErrorText";

/** Puts what the server refuses beside its fields, and what belongs to none of them into `failure`. */
export function useRefusal<Values extends object>(form: UseFormReturnType<Values>) {
  const errorText = useErrorText();
  const [failure, setFailure] = useState<string | null>(null);

  const attempt = async (action: () => Promise<unknown>): Promise<void> => {
    setFailure(null);
    try {
      await action();
    } catch (thrown) {
      const error = toApiError(thrown);
      const own = Object.entries(error.fields).filter(([name]) => name in form.values);
      for (const [name, text] of own) form.setFieldError(name, text);
      if (own.length === 0) setFailure(errorText(error));
    }
  };
  return { failure, attempt };
}
