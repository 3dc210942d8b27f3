import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, request } from "@/api/client";
import { keys } from "@/api/queries";
import type { User } from "@/api/types";
import { useMe } from "@/auth/session";
import { useFriends } from "./queries";
import { useUserSearch } from "./useUserSearch";

interface Props {
  label: string;
  placeholder: string;
  /** The id of the chosen person. */
  value: string | null;
  onChange: (userId: string | null) => void;
}

const nameOf = ({ nickname, username }: Pick<User, "nickname" | "username">) =>
  nickname === username ? username : `${nickname} (@${username})`;

/** One person out of all: oneself and friends at first, whoever's name begins so once something is typed. */
export function PersonSelect({ label, placeholder, value, onChange }: Props) {
  const me = useMe();
  const friends = useFriends();
  const [typed, setTyped] = useState("");
  const found = useUserSearch(typed);
  const chosen = useQuery({
    queryKey: keys.user(value ?? ""),
    queryFn: async () => {
      const { user } = await request(
        api.GET("/api/users/{user_id}", { params: { path: { user_id: value ?? "" } } }),
      );
      return user;
    },
    enabled: value !== null,
  });
  const near = [me, ...(friends.data ?? []).map(({ user }) => user)];
  const people = new Map(
    [...(chosen.data ? [chosen.data] : []), ...near, ...found].map((user) => [user.id, user]),
  );

  return (
    <Select
      aria-label={label}
      placeholder={placeholder}
      clearable
      searchable
      data={[...people.values()].map((user) => ({ value: user.id, label: nameOf(user) }))}
      value={value}
      onChange={onChange}
      searchValue={typed}
      onSearchChange={setTyped}
    />
  );
}
