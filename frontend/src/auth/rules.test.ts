import { expect, it } from "vitest";
import { newPasswordProblem, usernameProblem } from "./rules";

it.each(["al", "alice", "a.b-c_d", "陈晓雨", "Zoë", "x".repeat(32), " trimmed "])(
  "takes %j for a user name",
  (name) => {
    expect(usernameProblem(name)).toBeNull();
  },
);

it.each([
  ["", "fields.usernameLength"],
  ["a", "fields.usernameLength"],
  ["x".repeat(33), "fields.usernameLength"],
  ["a!", "fields.usernameCharacters"],
  [".alice", "fields.usernameCharacters"],
  ["alice-", "fields.usernameCharacters"],
  ["a b", "fields.usernameCharacters"],
])("refuses %j with %s", (name, problem) => {
  expect(usernameProblem(name)).toBe(problem);
});

it("counts a password in characters, not in code units", () => {
  expect(newPasswordProblem("密码密码密码密码")).toBeNull();
  expect(newPasswordProblem("🔒🔒🔒🔒")).toBe("fields.passwordShort");
  expect(newPasswordProblem("x".repeat(257))).toBe("fields.passwordLong");
});
