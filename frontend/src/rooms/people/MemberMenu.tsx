import { ActionIcon, Menu } from "@mantine/core";
import {
  IconBan,
  IconCrown,
  IconDots,
  IconLockOpen,
  IconMessage,
  IconShieldDown,
  IconShieldUp,
  IconUserMinus,
  IconUserOff,
  IconUserPlus,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Member, Room } from "@/api/types";
import { useMe } from "@/auth/session";
import { useBlocked, useFriendRequests, useFriends } from "@/people/queries";
import { memberActions } from "../rank";
import styles from "../MemberPanel.module.css";
import type { PersonAction } from "./useMemberActing";

interface Props {
  room: Room;
  member: Member;
  onAct: (action: PersonAction, member: Member) => void;
}

const icons: Record<PersonAction, typeof IconBan> = {
  write: IconMessage,
  befriend: IconUserPlus,
  block: IconUserOff,
  unblock: IconLockOpen,
  promote: IconShieldUp,
  demote: IconShieldDown,
  transfer: IconCrown,
  kick: IconUserMinus,
  ban: IconBan,
};
const GRAVE: readonly PersonAction[] = ["block", "kick", "ban"];

export function MemberMenu(props: Props) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end" width={220} withinPortal>
      <Menu.Target>
        <ActionIcon
          className={styles.menu}
          variant="subtle"
          color="gray"
          aria-label={t("people.menu", { name: props.member.nickname })}
        >
          <IconDots size={17} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Items {...props} />
      </Menu.Dropdown>
    </Menu>
  );
}

/** Drawn while the menu is open only: a list has a menu for each of its people. */
function Items({ room, member, onAct }: Props) {
  const { t } = useTranslation();
  const me = useMe();
  const friends = useFriends();
  const requests = useFriendRequests();
  const blocked = useBlocked();
  const { id } = member.user;
  const isBlocked = blocked.data?.some(({ user }) => user.id === id) ?? false;
  const isFriend = friends.data?.some(({ user }) => user.id === id) ?? false;
  const asked = requests.data?.some(({ receiver }) => receiver.id === id) ?? false;

  const personal: PersonAction[] = isBlocked
    ? ["unblock"]
    : ["write", ...(isFriend || asked ? [] : (["befriend"] as const)), "block"];
  const ofRoom = memberActions(room, me, member);
  const item = (action: PersonAction) => {
    const Icon = icons[action];
    return (
      <Menu.Item
        key={action}
        leftSection={<Icon size={16} />}
        {...(GRAVE.includes(action) && { color: "red" })}
        onClick={() => {
          onAct(action, member);
        }}
      >
        {t(`members.actions.${action}`)}
      </Menu.Item>
    );
  };

  return (
    <>
      {member.user.id !== me.id && personal.map(item)}
      {ofRoom.length > 0 && member.user.id !== me.id && <Menu.Divider />}
      {ofRoom.map(item)}
    </>
  );
}
