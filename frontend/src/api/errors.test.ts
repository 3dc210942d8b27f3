import { describe, expect, it } from "vitest";
import { ApiError, fromErrorObject, fromResponse, toApiError } from "./errors";

const answer = (status: number, headers: Record<string, string> = {}) =>
  new Response(null, { status, headers });

describe("a failed HTTP answer", () => {
  it("becomes the contract's code", () => {
    const error = fromResponse(answer(401), { error: { code: "invalid_credentials", message: "Wrong." } });
    expect([error.code, error.status, error.message]).toEqual(["invalid_credentials", 401, "Wrong."]);
  });

  it("says which fields are wrong", () => {
    const body = {
      error: { code: "validation_failed", message: "", fields: { username: "2 to 32 characters." } },
    };
    expect(fromResponse(answer(422), body).fields).toEqual({ username: "2 to 32 characters." });
  });

  it("says how long to wait, never less than a second", () => {
    const body = { error: { code: "rate_limited", message: "" } };
    expect(fromResponse(answer(429, { "Retry-After": "17" }), body).retryAfterSeconds).toBe(17);
    expect(fromResponse(answer(429, { "Retry-After": "0" }), body).retryAfterSeconds).toBe(1);
    expect(fromResponse(answer(429), body).retryAfterSeconds).toBeUndefined();
  });

  it.each([502, 503, 504])("of a proxy (%i) counts as unavailable", (status) => {
    expect(fromResponse(answer(status), "<html>Bad gateway</html>").code).toBe("unavailable");
  });

  it.each([
    [500, null],
    [200, { error: "text" }],
    [422, { error: { code: "surprise" } }],
  ])("that is not the contract's (%i) is unexpected", (status, body) => {
    expect(fromResponse(answer(status), body).code).toBe("unexpected");
  });
});

describe("a refused event", () => {
  it("becomes the same codes", () => {
    expect(fromErrorObject({ code: "room_full", message: "Full." }).code).toBe("room_full");
  });

  it.each([undefined, null, "text", { code: 7 }])(
    "without the contract's error (%s) is unexpected",
    (error) => {
      expect(fromErrorObject(error).code).toBe("unexpected");
    },
  );
});

describe("anything thrown", () => {
  it("is offline where fetch reached nobody", () => {
    expect(toApiError(new TypeError("Failed to fetch")).code).toBe("offline");
  });

  it("stays what it is where it is an ApiError", () => {
    const error = new ApiError("conflict");
    expect(toApiError(error)).toBe(error);
  });
});
