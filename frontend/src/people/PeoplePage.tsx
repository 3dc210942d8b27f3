import { ActionIcon, Button, Menu, Text, TextInput } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconBan, IconDots, IconMessage, IconUserMinus, IconUsers } from "@tabler/icons-react";
import { type SubmitEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { toApiError } from "@/api/errors";
import type { Friend, FriendRequest, User } from "@/api/types";
import { useErrorText } from "@/api/useErrorText";
import { PageHeader } from "@/app/shell/PageHeader";
import { useMe } from "@/auth/session";
import { Avatar } from "@/design/Avatar";
import { EmptyState, ErrorState, LoadingLines } from "@/design/States";
import { useNotifyError } from "@/design/useNotifyError";
import { useWriteTo } from "@/direct/WriteToDialog";
import { useOnlineIds } from "@/presence/PresenceProvider";
import styles from "./PeoplePage.module.css";
import { fullName } from "./names";
import {
  useAnswerRequest,
  useBlock,
  useBlocked,
  useFriendRequests,
  useFriends,
  useRemoveFriend,
  useRequestFriend,
  useUnblock,
} from "./queries";

/** Friends, requests in both directions, and whom one has blocked. */
export default function PeoplePage() {
  const { t } = useTranslation();
  const friends = useFriends();
  const requests = useFriendRequests();
  const blocked = useBlocked();
  const me = useMe();
  const unblock = useUnblock();
  const notifyError = useNotifyError();
  const incoming = requests.data?.filter(({ receiver }) => receiver.id === me.id) ?? [];
  const outgoing = requests.data?.filter(({ sender }) => sender.id === me.id) ?? [];

  return (
    <>
      <PageHeader
        title={t("people.title")}
        subtitle={friends.data && t("people.count", { count: friends.data.length })}
      />
      <div className={styles.scroll}>
        <section className={styles.section}>
          <AddFriend />
        </section>
        <Section title={t("people.incoming")} shown={incoming.length > 0}>
          {incoming.map((request) => (
            <RequestRow key={request.id} request={request} incoming />
          ))}
        </Section>
        <Section title={t("people.outgoing")} shown={outgoing.length > 0}>
          {outgoing.map((request) => (
            <RequestRow key={request.id} request={request} incoming={false} />
          ))}
        </Section>
        {friends.isPending && <LoadingLines lines={3} height={56} />}
        {friends.isError && <ErrorState error={friends.error} onRetry={() => void friends.refetch()} />}
        {friends.data?.length === 0 && (
          <EmptyState icon={<IconUsers size={26} />} title={t("people.emptyTitle")}>
            {t("people.emptyText")}
          </EmptyState>
        )}
        <Section title={t("people.friends")} shown={(friends.data?.length ?? 0) > 0}>
          {friends.data?.map((friend) => (
            <FriendRow key={friend.user.id} friend={friend} />
          ))}
        </Section>
        <Section title={t("people.blocked")} shown={(blocked.data?.length ?? 0) > 0}>
          {blocked.data?.map(({ user }) => (
            <li key={user.id} className={styles.person}>
              <Avatar id={user.id} name={user.nickname} />
              <span className={styles.names}>
                <span className={styles.name}>{fullName(user)}</span>
              </span>
              <Button
                variant="default"
                size="xs"
                onClick={() => {
                  unblock.mutate(user.id, { onError: notifyError });
                }}
              >
                {t("people.unblock")}
              </Button>
            </li>
          ))}
        </Section>
      </div>
    </>
  );
}

function Section({ title, shown, children }: { title: string; shown: boolean; children: ReactNode }) {
  if (!shown) return null;
  return (
    <section className={styles.section} aria-label={title}>
      <h2>{title}</h2>
      <ul className={styles.list}>{children}</ul>
    </section>
  );
}

function AddFriend() {
  const { t } = useTranslation();
  const ask = useRequestFriend();
  const errorText = useErrorText();
  const [name, setName] = useState("");
  const [failure, setFailure] = useState<string | null>(null);

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!name.trim()) return;
    setFailure(null);
    ask.mutate(name.trim(), {
      onSuccess: () => {
        setName("");
      },
      onError: (thrown) => {
        const error = toApiError(thrown);
        setFailure(error.code === "not_found" ? t("people.nobody") : errorText(error));
      },
    });
  };

  return (
    <form className={styles.add} onSubmit={submit}>
      <TextInput
        aria-label={t("people.addLabel")}
        placeholder={t("people.addLabel")}
        value={name}
        maxLength={64}
        autoComplete="off"
        error={failure}
        onChange={(event) => {
          setName(event.currentTarget.value);
        }}
      />
      <Button type="submit" loading={ask.isPending}>
        {t("people.add")}
      </Button>
    </form>
  );
}

function RequestRow({ request, incoming }: { request: FriendRequest; incoming: boolean }) {
  const { t } = useTranslation();
  const answer = useAnswerRequest();
  const notifyError = useNotifyError();
  const person = incoming ? request.sender : request.receiver;
  const say = (what: "accept" | "reject" | "cancel") => {
    answer.mutate({ id: request.id, answer: what }, { onError: notifyError });
  };
  return (
    <li className={styles.person}>
      <Avatar id={person.id} name={person.nickname} />
      <span className={styles.names}>
        <span className={styles.name}>{fullName(person)}</span>
        <span className={styles.state}>{incoming ? t("people.asksYou") : t("people.waits")}</span>
      </span>
      <span className={styles.actions}>
        {incoming ? (
          <>
            <Button
              size="xs"
              loading={answer.isPending}
              onClick={() => {
                say("accept");
              }}
            >
              {t("people.accept")}
            </Button>
            <Button
              size="xs"
              variant="default"
              onClick={() => {
                say("reject");
              }}
            >
              {t("people.reject")}
            </Button>
          </>
        ) : (
          <Button
            size="xs"
            variant="default"
            loading={answer.isPending}
            onClick={() => {
              say("cancel");
            }}
          >
            {t("people.cancelRequest")}
          </Button>
        )}
      </span>
    </li>
  );
}

function FriendRow({ friend: { user } }: { friend: Friend }) {
  const { t } = useTranslation();
  const online = useOnlineIds().has(user.id);
  const writeTo = useWriteTo();
  return (
    <li className={styles.person}>
      <Avatar id={user.id} name={user.nickname} online={online} />
      <span className={styles.names}>
        <span className={styles.name}>{user.nickname}</span>
        <span className={styles.state}>
          @{user.username} · {online ? t("people.online") : t("people.offline")}
        </span>
      </span>
      <span className={styles.actions}>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconMessage size={15} />}
          onClick={() => {
            writeTo(user);
          }}
        >
          {t("people.write")}
        </Button>
        <FriendMenu user={user} />
      </span>
    </li>
  );
}

function FriendMenu({ user }: { user: User }) {
  const { t } = useTranslation();
  const remove = useRemoveFriend();
  const block = useBlock();
  const notifyError = useNotifyError();
  const confirm = (what: "remove" | "block", run: () => void) => {
    modals.openConfirmModal({
      title: t(`people.${what}.title`, { name: user.nickname }),
      children: <Text>{t(`people.${what}.text`)}</Text>,
      labels: { confirm: t(`people.${what}.confirm`), cancel: t("actions.cancel") },
      confirmProps: { color: "red" },
      onConfirm: run,
    });
  };
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={t("people.menu", { name: user.nickname })}
        >
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconUserMinus size={16} />}
          onClick={() => {
            confirm("remove", () => {
              remove.mutate(user.id, { onError: notifyError });
            });
          }}
        >
          {t("people.remove.action")}
        </Menu.Item>
        <Menu.Item
          color="red"
          leftSection={<IconBan size={16} />}
          onClick={() => {
            confirm("block", () => {
              block.mutate(user.id, { onError: notifyError });
            });
          }}
        >
          {t("people.block.action")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
