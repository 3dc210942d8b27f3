import { Button } from "@mantine/core";
import {
  IconAlertTriangle,
  IconAt,
  IconBellOff,
  IconCornerUpLeft,
  IconFlag,
  IconInfoCircle,
  IconMailOpened,
  IconUserCheck,
  IconUserPlus,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import type { Notice } from "@/api/types";
import { useMe } from "@/auth/session";
import { Age } from "@/design/Age";
import { EmptyState, ErrorState, LoadingLines } from "@/design/States";
import { useNotifyError } from "@/design/useNotifyError";
import { useAnswerRequest, useFriendRequests } from "@/people/queries";
import styles from "./Notices.module.css";
import { noticeLink } from "./noticeLink";
import {
  useAcceptInvitation,
  useDeclineInvitation,
  useInvitations,
  useNotices,
  useReadAllNotices,
  useReadNotice,
} from "./queries";
import { useNoticeText } from "./useNoticeText";

const icons: Record<Notice["kind"], typeof IconAt> = {
  mention: IconAt,
  reply: IconCornerUpLeft,
  invitation: IconMailOpened,
  friend_request: IconUserPlus,
  friend_accepted: IconUserCheck,
  alert: IconAlertTriangle,
  report: IconFlag,
  system: IconInfoCircle,
};

/** One's notices, newest first; each leads to what it is about, or can be answered where it stands. */
export function NoticeList({ onNavigate }: { onNavigate?: () => void }) {
  const { t } = useTranslation();
  const notices = useNotices();
  const readAll = useReadAllNotices();
  const notifyError = useNotifyError();
  const items = notices.data?.pages.flatMap((page) => page.items) ?? [];

  if (notices.isPending) return <LoadingLines lines={4} height={48} />;
  if (notices.isError && items.length === 0)
    return <ErrorState error={notices.error} onRetry={() => void notices.refetch()} />;
  if (items.length === 0)
    return (
      <EmptyState icon={<IconBellOff size={24} />} title={t("notices.emptyTitle")}>
        {t("notices.emptyText")}
      </EmptyState>
    );
  return (
    <>
      {items.some(({ read }) => !read) && (
        <div className={styles.tools}>
          <Button
            size="compact-sm"
            variant="subtle"
            loading={readAll.isPending}
            onClick={() => {
              readAll.mutate(undefined, { onError: notifyError });
            }}
          >
            {t("notices.readAll")}
          </Button>
        </div>
      )}
      <ul className={styles.list} aria-label={t("notices.title")}>
        {items.map((notice) => (
          <Row key={notice.id} notice={notice} onNavigate={onNavigate} />
        ))}
      </ul>
      {notices.hasNextPage && (
        <Button
          className={styles.more}
          variant="default"
          size="xs"
          loading={notices.isFetchingNextPage}
          onClick={() => void notices.fetchNextPage()}
        >
          {t("notices.more")}
        </Button>
      )}
    </>
  );
}

interface RowProps {
  notice: Notice;
  onNavigate: (() => void) | undefined;
}

function Row({ notice, onNavigate }: RowProps) {
  const { t } = useTranslation();
  const textOf = useNoticeText();
  const read = useReadNotice();
  const Icon = icons[notice.kind];
  const link = noticeLink(notice);
  const markRead = () => {
    // A failure is nobody's concern: it stays unread, and the next visit says so.
    if (!notice.read) read.mutate(notice.id);
  };
  const inside = (
    <>
      <span className={styles.icon} aria-hidden>
        <Icon size={18} />
      </span>
      <span className={styles.text}>
        <span className={styles.sentence}>{textOf(notice)}</span>
        {notice.excerpt && <span className={styles.excerpt}>{notice.excerpt}</span>}
        <span className={styles.age}>
          <Age at={Date.parse(notice.created_at)} />
        </span>
      </span>
      {!notice.read && (
        <span className={styles.unread}>
          <span className={styles.hidden}>{t("notices.unread")}</span>
        </span>
      )}
    </>
  );
  return (
    <li className={styles.row} data-unread={!notice.read || undefined}>
      {link === null ? (
        <button type="button" className={styles.notice} onClick={markRead}>
          {inside}
        </button>
      ) : (
        <Link
          to={link}
          className={styles.notice}
          onClick={() => {
            markRead();
            onNavigate?.();
          }}
        >
          {inside}
        </Link>
      )}
      {notice.kind === "invitation" && notice.room_id !== null && (
        <InvitationAnswer roomId={notice.room_id} onAnswered={markRead} onNavigate={onNavigate} />
      )}
      {notice.kind === "friend_request" && notice.actor && (
        <RequestAnswer senderId={notice.actor.id} onAnswered={markRead} />
      )}
    </li>
  );
}

interface InvitationProps {
  roomId: string;
  onAnswered?: () => void;
  onNavigate?: (() => void) | undefined;
}

/** Accept or decline, while the invitation waits. */
export function InvitationAnswer({ roomId, onAnswered, onNavigate }: InvitationProps) {
  const { t } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const invitations = useInvitations();
  const accept = useAcceptInvitation();
  const decline = useDeclineInvitation();
  const notifyError = useNotifyError();
  if (!invitations.data?.some(({ room }) => room.id === roomId)) return null;
  return (
    <span className={styles.answers}>
      <Button
        size="xs"
        loading={accept.isPending}
        onClick={() => {
          accept
            .mutateAsync(roomId)
            .then(() => {
              onAnswered?.();
              onNavigate?.();
              return navigate(`/rooms/${roomId}`);
            })
            .catch(notifyError);
        }}
      >
        {t("people.accept")}
      </Button>
      <Button
        size="xs"
        variant="default"
        loading={decline.isPending}
        onClick={() => {
          decline.mutateAsync({ roomId, myId: me.id }).then(onAnswered).catch(notifyError);
        }}
      >
        {t("people.reject")}
      </Button>
    </span>
  );
}

function RequestAnswer({ senderId, onAnswered }: { senderId: string; onAnswered: () => void }) {
  const { t } = useTranslation();
  const requests = useFriendRequests();
  const answer = useAnswerRequest();
  const notifyError = useNotifyError();
  const pending = requests.data?.find(({ sender }) => sender.id === senderId);
  if (!pending) return null;
  const say = (what: "accept" | "reject") => () => {
    answer.mutateAsync({ id: pending.id, answer: what }).then(onAnswered).catch(notifyError);
  };
  return (
    <span className={styles.answers}>
      <Button size="xs" loading={answer.isPending} onClick={say("accept")}>
        {t("people.accept")}
      </Button>
      <Button size="xs" variant="default" onClick={say("reject")}>
        {t("people.reject")}
      </Button>
    </span>
  );
}
