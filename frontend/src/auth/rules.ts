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

/** What only the server can find wrong with a field, as it says it. */
const serverMessages: Partial<Record<string, ParseKeys>> = {
  "2 to 32 characters.": "fields.usernameLength",
  "Letters and digits, with . _ - between them.": "fields.usernameCharacters",
  "At least 8 characters.": "fields.passwordShort",
  "At most 256 characters.": "fields.passwordLong",
  "This password is among the first that anyone would try.": "fields.passwordCommon",
  "This is not your password.": "fields.passwordWrong",
  "Choose a password other than the old one.": "fields.passwordSame",
};

/** A field's message of validation_failed: in the reader's language where it is a known one, else as it came. */
export function fieldText(t: (key: ParseKeys) => string, message: string): string {
  const key = serverMessages[message];
  return key ? t(key) : message;
}
