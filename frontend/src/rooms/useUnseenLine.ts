import { useDocumentVisibility } from "@mantine/hooks";
import { useState } from "react";
import type { Room } from "@/api/types";

export interface UnseenLine {
  /** The line "new" stands after this seq; null: no line. */
  after: number | null;
  clear: () => void;
}

/**
 * Where one had read to when one came in, or when one last looked away: everything after it is new to the eye, even once
 * it counts as read.
 */
export function useUnseenLine({ last_seq: lastSeq, membership }: Room): UnseenLine {
  const visible = useDocumentVisibility() === "visible";
  const [wasVisible, setWasVisible] = useState(visible);
  const [after, setAfter] = useState(() =>
    membership && membership.last_read_seq > 0 && membership.last_read_seq < lastSeq
      ? membership.last_read_seq
      : null,
  );
  if (visible !== wasVisible) {
    setWasVisible(visible);
    if (!visible) setAfter(lastSeq);
  }
  return {
    after,
    clear: () => {
      setAfter(null);
    },
  };
}
