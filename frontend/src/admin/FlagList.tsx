import { Button, SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Flag } from "@/api/types";
import { Age } from "@/design/Age";
import { ErrorState, LoadingLines } from "@/design/States";
import { useNotifyError } from "@/design/useNotifyError";
import styles from "./AdminPage.module.css";
import { useFlags, useResolveFlag } from "./queries";

/** What the filter let through for somebody to look at. */
export function FlagList() {
  const { t } = useTranslation();
  const [done, setDone] = useState(false);
  const flags = useFlags(done);
  const items = flags.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className={styles.card} aria-label={t("admin.flags")}>
      <SegmentedControl
        size="xs"
        className={styles.parts}
        aria-label={t("admin.flags")}
        data={[
          { value: "open", label: t("admin.open") },
          { value: "done", label: t("admin.done") },
        ]}
        value={done ? "done" : "open"}
        onChange={(value) => {
          setDone(value === "done");
        }}
      />
      {flags.isPending && <LoadingLines lines={3} height={48} />}
      {flags.isError && items.length === 0 && (
        <ErrorState error={flags.error} onRetry={() => void flags.refetch()} />
      )}
      {flags.isSuccess && items.length === 0 && (
        <p className={styles.hint}>{t(done ? "admin.doneNone" : "admin.flagsNone")}</p>
      )}
      <ul className={styles.list}>
        {items.map((flag) => (
          <FlagRow key={flag.id} flag={flag} />
        ))}
      </ul>
      {flags.hasNextPage && (
        <Button
          variant="default"
          loading={flags.isFetchingNextPage}
          onClick={() => void flags.fetchNextPage()}
        >
          {t("admin.more")}
        </Button>
      )}
    </section>
  );
}

function FlagRow({ flag }: { flag: Flag }) {
  const { t } = useTranslation();
  const resolve = useResolveFlag();
  const notifyError = useNotifyError();
  return (
    <li className={styles.row}>
      <span className={styles.word}>
        {t(`admin.kinds.${flag.kind}`)}{" "}
        {t("admin.flagged", { name: flag.user.username, words: flag.words.join(", ") })}
        {flag.text && <q>{flag.text}</q>}
        <span className={styles.hint}>
          <Age at={Date.parse(flag.created_at)} />
          {flag.room_id && (
            <>
              {" · "}
              <Link to={`/rooms/${flag.room_id}${flag.seq === null ? "" : `?m=${flag.seq}`}`}>
                {t(flag.seq === null ? "admin.toRoom" : "admin.toMessage")}
              </Link>
            </>
          )}
        </span>
      </span>
      {!flag.resolved && (
        <Button
          size="xs"
          variant="default"
          loading={resolve.isPending}
          onClick={() => {
            resolve.mutate(flag.id, { onError: notifyError });
          }}
        >
          {t("admin.resolve")}
        </Button>
      )}
    </li>
  );
}
