import { expect, it } from "vitest";
import { fullName } from "./names";

it("names the account beside a nickname that differs, and only then", () => {
  expect(fullName({ username: "bob", nickname: "Bobby B" })).toBe("Bobby B (@bob)");
  expect(fullName({ username: "bob", nickname: "bob" })).toBe("bob");
});
