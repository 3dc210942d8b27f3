import { Modal, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { notifications } from "@mantine/notifications";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Member, Room } from "@/api/types";
import { useNotifyError } from "@/design/useNotifyError";
import { useWriteTo } from "@/direct/WriteToDialog";
import { useBlock, useRequestFriend, useUnblock } from "@/people/queries";
import type { MemberAction } from "../rank";
import { useTransferRoom } from "../settings/queries";
import { BanForm } from "./BanForm";
import { useKick, useSetRole } from "./queries";

export type PersonAction = MemberAction | "write" | "befriend" | "block" | "unblock";

interface Acting {
  act: (action: PersonAction, member: Member) => void;
  /** To be drawn somewhere: what asks before some of the actions. */
  dialog: ReactNode;
}

/** Does to a member what was chosen, after asking where it cannot be taken back at once. */
export function useMemberActing(room: Room): Acting {
  const { t } = useTranslation();
  const notifyError = useNotifyError();
  const writeTo = useWriteTo();
  const befriend = useRequestFriend();
  const block = useBlock();
  const unblock = useUnblock();
  const setRole = useSetRole(room.id, notifyError);
  const kick = useKick(room.id, notifyError);
  const transfer = useTransferRoom(room.id);
  const [banned, setBanned] = useState<Member | null>(null);
  const [banning, setBanning] = useState(false);

  const confirm = (title: string, text: string, action: string, run: () => void) => {
    modals.openConfirmModal({
      title,
      children: <Text>{text}</Text>,
      labels: { confirm: action, cancel: t("actions.cancel") },
      confirmProps: { color: "red" },
      onConfirm: run,
    });
  };

  const act = (action: PersonAction, member: Member) => {
    const { user, nickname: name } = member;
    const onError = notifyError;
    switch (action) {
      case "write":
        writeTo({ id: user.id, nickname: name });
        break;
      case "befriend":
        befriend.mutate(user.username, {
          onError,
          onSuccess: () => {
            notifications.show({ message: t("members.asked", { name }) });
          },
        });
        break;
      case "block":
        confirm(t("people.block.title", { name }), t("people.block.text"), t("people.block.confirm"), () => {
          block.mutate(user.id, { onError });
        });
        break;
      case "unblock":
        unblock.mutate(user.id, { onError });
        break;
      case "promote":
      case "demote":
        setRole.mutate({ userId: user.id, role: action === "promote" ? "moderator" : "member" });
        break;
      case "transfer":
        confirm(
          t("members.transfer.title", { name }),
          t("members.transfer.text"),
          t("members.transfer.confirm"),
          () => {
            transfer.mutateAsync(user.id).catch(onError);
          },
        );
        break;
      case "kick":
        confirm(t("members.kick.title", { name }), t("members.kick.text"), t("members.kick.confirm"), () => {
          kick.mutate(user.id);
        });
        break;
      case "ban":
        setBanned(member);
        setBanning(true);
        break;
    }
  };

  const close = () => {
    setBanning(false);
  };
  const dialog = (
    <Modal opened={banning} onClose={close} title={t("bans.ban", { name: banned?.nickname ?? "" })}>
      {banned && <BanForm roomId={room.id} member={banned} onClose={close} />}
    </Modal>
  );
  return { act, dialog };
}
