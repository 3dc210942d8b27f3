/** Every way in which the server, or the way to it, can fail: one exception with the contract's code. */

import { serverText } from "@/i18n/serverTexts";

/** The contract's codes (HTTP and Socket.IO alike), and those that only a client can see. */
export const errorCodes = [
  "invalid_request",
  "authentication_required",
  "invalid_credentials",
  "forbidden",
  "cross_origin",
  "not_found",
  "conflict",
  "room_full",
  "too_large",
  "unsupported_media_type",
  "validation_failed",
  "rate_limited",
  "unavailable",
  // Seen on this side only:
  "offline", // not sent: there is no connection
  "interrupted", // sent, but the connection broke before the answer
  "timeout", // sent, and no answer came in time
  "unexpected", // an answer that is not the contract's
] as const;

export type ErrorCode = (typeof errorCodes)[number];

export interface ErrorDetails {
  status?: number;
  fields?: Record<string, string>;
  retryAfterSeconds?: number;
}

export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly status: number | undefined;
  /** Wrong fields and what is wrong with each, of validation_failed; in the reader's language where there is a form of it. */
  readonly fields: Readonly<Record<string, string>>;
  /** When to try again, of rate_limited. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string = code, details: ErrorDetails = {}) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    this.status = details.status;
    this.fields = details.fields ?? {};
    this.retryAfterSeconds = details.retryAfterSeconds;
  }

  /** Whether the same request may well succeed in a moment. */
  get transient(): boolean {
    return ["offline", "interrupted", "timeout", "unavailable"].includes(this.code);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isErrorCode(value: unknown): value is ErrorCode {
  return errorCodes.includes(value as ErrorCode);
}

/** The contract's error object `{code, message, fields?}`, of an answer or an acknowledgement, as an ApiError. */
export function fromErrorObject(error: unknown, details: ErrorDetails = {}): ApiError {
  if (!isRecord(error) || !isErrorCode(error.code)) return new ApiError("unexpected", undefined, details);
  const fields: Record<string, string> = {};
  if (isRecord(error.fields)) {
    for (const [name, text] of Object.entries(error.fields))
      fields[name] = serverText(String(text)) ?? String(text);
  }
  const seconds = error.retry_after;
  return new ApiError(error.code, typeof error.message === "string" ? error.message : error.code, {
    ...(typeof seconds === "number" && { retryAfterSeconds: seconds }),
    ...details,
    fields,
  });
}

/** A failed HTTP answer as an ApiError. `body` is its parsed JSON, if it had any. */
export function fromResponse(response: Response, body: unknown): ApiError {
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  const details: ErrorDetails = {
    status: response.status,
    ...(Number.isFinite(seconds) && { retryAfterSeconds: Math.max(1, Math.ceil(seconds)) }),
  };
  const error = fromErrorObject(isRecord(body) ? body.error : undefined, details);
  // A proxy in between answers in its own words.
  if (error.code === "unexpected" && [502, 503, 504].includes(response.status)) {
    return new ApiError("unavailable", undefined, details);
  }
  return error;
}

/** Anything that was thrown, as an ApiError. `fetch` throws a TypeError where it reached nobody. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof TypeError) return new ApiError("offline", error.message);
  return new ApiError("unexpected", error instanceof Error ? error.message : undefined);
}
