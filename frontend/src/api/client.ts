/** The HTTP side of the server: typed by the generated schema, failing with ApiError and nothing else. */
import createClient from "openapi-fetch";
import { type ApiError, fromResponse, toApiError } from "./errors";
import type { paths } from "./schema";

export const api = createClient<paths>({
  baseUrl: window.location.origin,
  credentials: "same-origin",
  fetch: (request) => fetch(request),
});

type Listener = (error: ApiError) => void;
const sessionEnded = new Set<Listener>();

/** Calls `listener` whenever a request is refused because nobody is signed in (any more). */
export function onSessionEnded(listener: Listener): () => void {
  sessionEnded.add(listener);
  return () => {
    sessionEnded.delete(listener);
  };
}

interface Outcome<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** The data of a request made with `api`, or its failure as an ApiError. */
export async function request<Data>(pending: Promise<Outcome<Data>>): Promise<Data> {
  let outcome: Outcome<Data>;
  try {
    outcome = await pending;
  } catch (error) {
    throw toApiError(error);
  }
  if (outcome.response.ok) return outcome.data as Data;
  const error = fromResponse(outcome.response, outcome.error);
  if (error.code === "authentication_required") for (const listener of sessionEnded) listener(error);
  throw error;
}

/** Every item of a list that comes in pages, up to `most`: for lists that a person's screen can hold. */
export async function allPages<Item>(
  page: (cursor: string | undefined) => Promise<{ items: Item[]; next: string | null }>,
  most = 500,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const { items: more, next } = await page(cursor);
    items.push(...more);
    cursor = next ?? undefined;
  } while (cursor !== undefined && items.length < most);
  return items;
}
