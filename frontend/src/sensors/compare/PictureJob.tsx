import { Button, Loader } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useErrorText } from "@/api/useErrorText";
import styles from "./ComparePage.module.css";
import { useJob } from "./queries";

/** How far a picture is that is drawn in the background, found by the id of its job: after a reload too. */
export function PictureJob({ jobId }: { jobId: string }) {
  const { t, i18n } = useTranslation();
  const errorText = useErrorText();
  const { data: job, error } = useJob(jobId);
  const running = !error && job?.status !== "done" && job?.status !== "failed";
  const until = new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium", timeStyle: "short" });
  return (
    <section className={styles.job} aria-label={t("compare.picture")}>
      <span className={styles.state} role="status">
        {running && <Loader size="xs" aria-hidden />}
        {error
          ? errorText(error, { not_found: t("compare.gone") })
          : t(`compare.states.${job?.status ?? "queued"}`)}
        {job?.error && <> {job.error.message}</>}
      </span>
      <span className={styles.id}>
        {t("compare.job")} <code>{jobId}</code>
      </span>
      {job?.result && (
        <>
          <Button
            component="a"
            href={job.result.url}
            download="comparison.png"
            size="xs"
            leftSection={<IconDownload size={16} />}
          >
            {t("compare.download", { size: Math.ceil(job.result.size / 1000) })}
          </Button>
          <span className={styles.id}>
            {t("compare.until", { time: until.format(Date.parse(job.result.expires_at)) })}
          </span>
        </>
      )}
    </section>
  );
}
