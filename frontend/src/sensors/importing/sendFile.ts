import { toApiError } from "@/api/errors";
import { request } from "@/api/client";
import type { ImportResult } from "@/api/types";

/** How a file is to be read; what is left out the server finds out. */
export interface ImportOptions {
  time?: string;
  /** The column with the time of day where `time` is the date alone; "0" for none. */
  clock?: string;
  value?: string;
  time_format?: ImportResult["format"]["time_format"];
  decimal?: ImportResult["format"]["decimal"];
  encoding?: ImportResult["format"]["encoding"];
  tz: string;
}

interface Sending {
  preview: boolean;
  signal: AbortSignal;
  /** From 0 to 1, as the file is on its way. `fetch` does not tell, so this is an XMLHttpRequest. */
  onProgress?: (share: number) => void;
}

/** Sends a file to a sensor, and returns what became of its rows. Fails with ApiError; aborted, with the signal's reason. */
export function sendFile(
  sensorId: string,
  file: Blob,
  options: ImportOptions,
  { preview, signal, onProgress }: Sending,
): Promise<ImportResult> {
  const query = new URLSearchParams({ ...options, preview: preview ? "1" : "0" });
  const answer = new Promise<{ data?: ImportResult; error?: unknown; response: Response }>(
    (resolve, reject) => {
      const sending = new XMLHttpRequest();
      sending.open("POST", `/api/sensors/${sensorId}/import?${query.toString()}`);
      sending.upload.onprogress = ({ loaded, total }) => onProgress?.(total > 0 ? loaded / total : 0);
      sending.onerror = () => {
        reject(toApiError(new TypeError("The connection failed")));
      };
      sending.onabort = () => {
        reject(new DOMException("Cancelled", "AbortError"));
      };
      sending.onload = () => {
        const after = sending.getResponseHeader("Retry-After");
        const response = new Response(null, {
          status: sending.status,
          headers: after === null ? {} : { "Retry-After": after },
        });
        const body = parsed(sending.responseText);
        resolve(response.ok ? { data: body as ImportResult, response } : { error: body, response });
      };
      const stop = () => {
        sending.abort();
      };
      signal.addEventListener("abort", stop, { once: true });
      sending.onloadend = () => {
        signal.removeEventListener("abort", stop);
      };
      const form = new FormData();
      form.append("file", file, "readings.csv");
      sending.send(form);
    },
  );
  return request(answer);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
