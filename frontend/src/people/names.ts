interface Named {
  username: string;
  nickname: string;
}

/** A person in a sentence: as others know them, with the account beside it where that is another name. */
export function fullName({ username, nickname }: Named): string {
  return nickname === username ? nickname : `${nickname} (@${username})`;
}
