import { Table } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Age } from "@/design/Age";
import { ErrorState, LoadingLines } from "@/design/States";
import { MailHelp } from "./MailHelp";
import styles from "./ServerStats.module.css";
import { secondsText, sizeText } from "./figures";
import { useServerStats } from "./serverQueries";

/** How ingest, the worker, the database and the connections are doing. */
export function ServerStats() {
  const { t, i18n } = useTranslation();
  const stats = useServerStats();
  const count = (value: number) => new Intl.NumberFormat(i18n.language).format(Math.round(value));
  if (!stats.data)
    return stats.isError ? (
      <ErrorState error={stats.error} onRetry={() => void stats.refetch()} />
    ) : (
      <LoadingLines lines={4} height={60} />
    );
  const { readings, storage, leases, connections, mail } = stats.data;
  const documents = Object.entries(storage.documents).sort(([, one], [, other]) => other - one);
  return (
    <>
      <section className={styles.card} aria-label={t("server.readings")}>
        <h2>{t("server.readings")}</h2>
        <dl className={styles.figures}>
          <Figure name={t("server.rate")}>
            {new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1 }).format(
              readings.accepted_per_second,
            )}
          </Figure>
          <Figure name={t("server.accepted")}>{count(readings.accepted)}</Figure>
          <Figure name={t("server.duplicates")}>{count(readings.duplicates)}</Figure>
          <Figure name={t("server.rejected")}>{count(readings.rejected)}</Figure>
          <Figure name={t("server.lag")}>{secondsText(readings.lag_seconds, i18n.language)}</Figure>
          <Figure name={t("server.waiting")}>{count(readings.waiting)}</Figure>
        </dl>
        <p className={styles.hint}>
          {t("server.watermark")} <Age at={Date.parse(readings.watermark)} />
        </p>
      </section>
      <section className={styles.card} aria-label={t("server.connections")}>
        <h2>{t("server.connections")}</h2>
        <dl className={styles.figures}>
          <Figure name={t("server.people")}>{count(connections.people)}</Figure>
          <Figure name={t("server.devices")}>{count(connections.devices)}</Figure>
          <Figure name={t("server.lines")}>{count(connections.lines)}</Figure>
        </dl>
      </section>
      <MailHelp backend={mail.backend} links={mail.links} />
      <section className={styles.card} aria-label={t("server.leases")}>
        <h2>{t("server.leases")}</h2>
        <p className={styles.hint}>{t("server.leasesHint")}</p>
        <div className={styles.wide}>
          <Table fz="sm" aria-label={t("server.leases")}>
            <Table.Tbody>
              {leases.map((lease) => (
                <Table.Tr key={lease.name}>
                  <Table.Th scope="row">{lease.name}</Table.Th>
                  <Table.Td className={styles.code}>{lease.owner ?? t("server.nobody")}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      </section>
      <section className={styles.card} aria-label={t("server.storage")}>
        <h2>{t("server.storage")}</h2>
        <p className={styles.hint}>
          {t("server.onDisk", { size: sizeText(storage.bytes, i18n.language) })} {t("server.counted")}{" "}
          <Age at={Date.parse(storage.counted_at)} />
        </p>
        <dl className={styles.documents}>
          {documents.map(([name, number]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{count(number)}</dd>
            </div>
          ))}
        </dl>
      </section>
    </>
  );
}

export function Figure({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
