import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { AdminJob, WorkerProcess } from "@/api/types";
import { Age } from "@/design/Age";
import { ErrorState, LoadingLines } from "@/design/States";
import { Figure } from "./ServerStats";
import styles from "./ServerStats.module.css";
import { secondsText, tookSeconds } from "./figures";
import { type JobStatus, useJobs } from "./serverQueries";

const STATES = ["queued", "running", "done", "failed"] as const;

/** What is done in the background: the queue, who works on it, and the newest jobs. */
export function JobList() {
  const { t } = useTranslation();
  const [status, setStatus] = useState<JobStatus | null>(null);
  const jobs = useJobs(status);
  if (!jobs.data)
    return jobs.isError ? (
      <ErrorState error={jobs.error} onRetry={() => void jobs.refetch()} />
    ) : (
      <LoadingLines lines={4} height={60} />
    );
  const { items, counts, queue_depth: depth, workers } = jobs.data;
  return (
    <>
      <section className={styles.card} aria-label={t("jobs.queue")}>
        <h2>{t("jobs.queue")}</h2>
        <dl className={styles.figures}>
          <Figure name={t("jobs.depth")}>{depth ?? t("jobs.unreachable")}</Figure>
          {STATES.map((state) => (
            <Figure key={state} name={t(`jobs.states.${state}`)}>
              {counts[state] ?? 0}
            </Figure>
          ))}
        </dl>
      </section>
      <section className={styles.card} aria-label={t("jobs.workers")}>
        <h2>{t("jobs.workers")}</h2>
        {workers.length === 0 && <p className={styles.hint}>{t("jobs.noWorkers")}</p>}
        <ul className={styles.list}>
          {workers.map((worker) => (
            <WorkerRow key={worker.id} worker={worker} />
          ))}
        </ul>
      </section>
      <section className={styles.card} aria-label={t("jobs.recent")}>
        <h2>{t("jobs.recent")}</h2>
        <div className={styles.wide}>
          <SegmentedControl
            size="xs"
            aria-label={t("jobs.state")}
            data={[
              { value: "all", label: t("jobs.all") },
              ...STATES.map((value) => ({ value, label: t(`jobs.states.${value}`) })),
            ]}
            value={status ?? "all"}
            onChange={(chosen) => {
              setStatus(STATES.find((state) => state === chosen) ?? null);
            }}
          />
        </div>
        {items.length === 0 && <p className={styles.hint}>{t("jobs.none")}</p>}
        <ul className={styles.list}>
          {items.map((job) => (
            <JobRow key={job.id} job={job} />
          ))}
        </ul>
      </section>
    </>
  );
}

function WorkerRow({ worker }: { worker: WorkerProcess }) {
  const { t } = useTranslation();
  return (
    <li className={styles.row}>
      <span className={styles.code}>
        {worker.host} · {worker.pid}
      </span>
      <span className={styles.hint}>
        {t("jobs.seen")} <Age at={Date.parse(worker.seen_at)} />
      </span>
      <dl className={styles.documents}>
        {worker.duties.map((duty) => (
          <div key={duty.name}>
            <dt>{duty.name}</dt>
            <dd>{duty.doing || t("jobs.standsBy")}</dd>
          </div>
        ))}
      </dl>
    </li>
  );
}

function JobRow({ job }: { job: AdminJob }) {
  const { t, i18n } = useTranslation();
  const took = tookSeconds(job.started_at, job.finished_at);
  return (
    <li className={styles.row} data-state={job.status}>
      <span className={styles.state}>{t(`jobs.states.${job.status}`)}</span>
      <span>{job.kind}</span>
      <code className={styles.code}>{job.id}</code>
      <span className={styles.hint}>
        <Age at={Date.parse(job.created_at)} />
        {took !== null && <> · {t("jobs.took", { time: secondsText(took, i18n.language) })}</>}
        {job.attempts > 1 && <> · {t("jobs.attempts", { count: job.attempts })}</>}
        {job.status === "running" && <> · {Math.round(job.progress * 100)} %</>}
      </span>
      {job.error && (
        <span className={styles.error}>
          {job.error.code}: {job.error.message}
        </span>
      )}
    </li>
  );
}
