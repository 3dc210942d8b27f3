/** The server's rules for names and passwords, checked here first so that the answer is at once and in one's language. */
import type { ParseKeys } from "i18next";

const USERNAME = /^[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}_.-]*[\p{L}\p{N}])?$/u;

type Problem = ParseKeys | null;

export function usernameProblem(text: string): Problem {
  const name = text.trim().normalize("NFKC");
  const length = Array.from(name).length;
  if (length < 2 || length > 32) return "fields.usernameLength";
  return USERNAME.test(name) ? null : "fields.usernameCharacters";
}

export function newPasswordProblem(text: string): Problem {
  const length = Array.from(text).length;
  if (length < 8) return "fields.passwordShort";
  return length > 256 ? "fields.passwordLong" : null;
}
