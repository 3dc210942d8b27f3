import { useTranslation } from "react-i18next";
import type { Room } from "@/api/types";
import { useErrorText } from "@/api/useErrorText";
import { TypedConfirmation } from "@/design/TypedConfirmation";
import { useDeleteRoom } from "./queries";

export default function DeleteRoomForm({ room, onClose }: { room: Room; onClose: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const remove = useDeleteRoom(room.id);
  return (
    <TypedConfirmation
      word={room.name}
      action={t("roomSettings.delete.confirm")}
      pending={remove.isPending}
      failure={remove.error && errorText(remove.error)}
      onClose={onClose}
      onConfirm={() => {
        remove.mutate(undefined, { onSuccess: onClose });
      }}
    >
      {t("roomSettings.delete.text")}
    </TypedConfirmation>
  );
}
