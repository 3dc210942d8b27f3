import { ActionIcon, Drawer, Menu, Popover, Tooltip } from "@mantine/core";
import {
  IconArrowBackUp,
  IconCopy,
  IconDots,
  IconLink,
  IconMoodPlus,
  IconPencil,
  IconTextScan2,
  IconTrash,
} from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { EmojiPicker } from "./EmojiPicker";
import styles from "./MessageToolbar.module.css";
import { useConversation } from "./conversation";
import { QUICK_EMOJI } from "./emojis";
import type { ShownMessage } from "./grouping";
import { isMine } from "./reactions";
import { type MessageActions, useMessageActions } from "./useMessageActions";

interface Item {
  key: "reply" | "edit" | "copy" | "selectText" | "copyLink" | "remove";
  icon: ReactNode;
  run: () => void;
}

/** touch: for a finger, which cannot select the text where it stands. */
function itemsOf(actions: MessageActions, touch = false): Item[] {
  const { may } = actions;
  const items: (Item | false)[] = [
    may.speak && { key: "reply", icon: <IconArrowBackUp size={17} />, run: actions.reply },
    may.edit && { key: "edit", icon: <IconPencil size={17} />, run: actions.edit },
    { key: "copy", icon: <IconCopy size={17} />, run: actions.copy },
    touch && { key: "selectText", icon: <IconTextScan2 size={17} />, run: actions.selectText },
    { key: "copyLink", icon: <IconLink size={17} />, run: actions.copyLink },
    may.remove && { key: "remove", icon: <IconTrash size={17} />, run: actions.remove },
  ];
  return items.filter((item) => item !== false);
}

interface ToolbarProps {
  message: ShownMessage;
  /** Something of it is open: it must stay while the pointer is over what is open. */
  onOpen: (open: boolean) => void;
}

/** What one can do with the message under the pointer, or the one that has the focus. */
export function MessageToolbar({ message, onOpen }: ToolbarProps) {
  const { t } = useTranslation();
  const actions = useMessageActions(message);
  const [picking, setPicking] = useState(false);
  const { me } = useConversation();
  const open = (is: boolean) => {
    setPicking(is);
    onOpen(is);
  };
  return (
    <div className={styles.toolbar} role="toolbar" aria-label={t("rooms.actions.label")}>
      {actions.may.speak && (
        <>
          <Popover opened={picking} onChange={open} position="top-end" trapFocus returnFocus shadow="md">
            <Popover.Target>
              <Tooltip label={t("rooms.actions.react")}>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={t("rooms.actions.react")}
                  aria-expanded={picking}
                  onClick={() => {
                    open(!picking);
                  }}
                >
                  <IconMoodPlus size={17} />
                </ActionIcon>
              </Tooltip>
            </Popover.Target>
            <Popover.Dropdown p="xs">
              <EmojiPicker
                onPick={(emoji) => {
                  open(false);
                  actions.react(emoji, true);
                }}
              />
            </Popover.Dropdown>
          </Popover>
          {QUICK_EMOJI.slice(0, 3).map((emoji) => (
            <ActionIcon
              key={emoji}
              className={styles.quick}
              variant="subtle"
              color="gray"
              aria-label={t("rooms.actions.reactWith", { emoji })}
              onClick={() => {
                const known = message.reactions.find((each) => each.emoji === emoji);
                actions.react(emoji, !(known && isMine(known, me.id)));
              }}
            >
              {emoji}
            </ActionIcon>
          ))}
          <Tooltip label={t("rooms.actions.reply")}>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t("rooms.actions.reply")}
              onClick={actions.reply}
            >
              <IconArrowBackUp size={17} />
            </ActionIcon>
          </Tooltip>
        </>
      )}
      <Menu position="bottom-end" width={200} onChange={onOpen}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={t("rooms.actions.more")}>
            <IconDots size={17} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {itemsOf(actions).map(({ key, icon, run }) => (
            <Menu.Item
              key={key}
              leftSection={icon}
              color={key === "remove" ? "red" : undefined}
              onClick={run}
            >
              {t(`rooms.actions.${key}`)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}

interface SheetProps {
  message: ShownMessage;
  onClose: () => void;
}

/** The same for a finger: opens from below when a message is held. */
export function MessageSheet({ message, onClose }: SheetProps) {
  const { t } = useTranslation();
  const actions = useMessageActions(message);
  const [picking, setPicking] = useState(false);
  const react = (emoji: string) => {
    onClose();
    actions.react(emoji, true);
  };
  return (
    <Drawer
      opened
      onClose={onClose}
      position="bottom"
      size="auto"
      radius="lg"
      title={t("rooms.actions.label")}
      // As high as what is in it, so that the message stays in sight.
      styles={{ content: { height: "auto", maxHeight: "85dvh" } }}
    >
      {picking ? (
        <EmojiPicker onPick={react} />
      ) : (
        <>
          {actions.may.speak && (
            <div className={styles.quickRow}>
              {QUICK_EMOJI.map((emoji) => (
                <ActionIcon
                  key={emoji}
                  size={44}
                  radius="xl"
                  variant="default"
                  className={styles.quick}
                  aria-label={t("rooms.actions.reactWith", { emoji })}
                  onClick={() => {
                    react(emoji);
                  }}
                >
                  {emoji}
                </ActionIcon>
              ))}
              <ActionIcon
                size={44}
                radius="xl"
                variant="default"
                aria-label={t("rooms.actions.react")}
                onClick={() => {
                  setPicking(true);
                }}
              >
                <IconMoodPlus size={20} />
              </ActionIcon>
            </div>
          )}
          {itemsOf(actions, true).map(({ key, icon, run }) => (
            <button
              key={key}
              type="button"
              className={styles.item}
              data-danger={key === "remove"}
              onClick={() => {
                onClose();
                run();
              }}
            >
              {icon}
              {t(`rooms.actions.${key}`)}
            </button>
          ))}
        </>
      )}
    </Drawer>
  );
}
