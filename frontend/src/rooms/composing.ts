/** What holds wherever a message is written. */
import type { KeyboardEvent } from "react";

export const MAX_BODY = 8_000;

/**
 * Whether this Enter belongs to an input method, which ends a composition with it. Safari says so only by the key code:
 * there the composition has ended before the key arrives.
 */
export function isComposing(event: KeyboardEvent): boolean {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- 229 is how Safari marks keys of an input method
  return event.nativeEvent.isComposing || event.keyCode === 229;
}
