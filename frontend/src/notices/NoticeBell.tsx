import { ActionIcon, Popover } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBell } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useNavigation } from "@/app/shell/navigationContext";
import { badgeText } from "@/rooms/unread";
import { NoticeList } from "./NoticeList";
import styles from "./Notices.module.css";
import { useUnreadNotices } from "./queries";

/** The count of what is new, and the list behind it: beside the bell, or where there is no room for that, a page. */
export function NoticeBell({ onNavigate }: { onNavigate?: (() => void) | undefined }) {
  const { t } = useTranslation();
  const { narrow } = useNavigation();
  const unread = useUnreadNotices();
  const [opened, { toggle, close, open }] = useDisclosure(false);
  const label = unread > 0 ? t("notices.bell", { count: unread }) : t("notices.title");
  const inside = (
    <>
      <IconBell size={19} />
      {unread > 0 && (
        <span className={styles.badge} aria-hidden>
          {badgeText(unread)}
        </span>
      )}
    </>
  );
  const look = {
    variant: "subtle",
    color: "gray",
    size: "lg",
    className: styles.bell,
    "aria-label": label,
  } as const;

  if (narrow)
    return (
      <ActionIcon {...look} component={Link} to="/notifications" onClick={onNavigate}>
        {inside}
      </ActionIcon>
    );
  return (
    <Popover
      opened={opened}
      onChange={(now) => {
        if (now) open();
        else close();
      }}
      position="bottom-start"
      width={380}
      shadow="md"
      trapFocus
      returnFocus
      withRoles
    >
      <Popover.Target>
        <ActionIcon {...look} onClick={toggle}>
          {inside}
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown className={styles.dropdown} aria-label={t("notices.title")}>
        <NoticeList onNavigate={close} />
      </Popover.Dropdown>
    </Popover>
  );
}
