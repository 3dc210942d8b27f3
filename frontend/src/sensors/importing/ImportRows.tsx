import { Table } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ImportResult } from "@/api/types";
import { serverText } from "@/i18n/serverTexts";
import { formatValue } from "../readings";
import styles from "./Import.module.css";

interface Props {
  rows: ImportResult["rows"];
  unit: string;
  /** In which the file's times are taken to be, and so shown. */
  zone: string;
}

/** The first rows as they would be stored. */
export function ImportRows({ rows, unit, zone }: Props) {
  const { t, i18n } = useTranslation();
  const moment = new Intl.DateTimeFormat(i18n.language, {
    dateStyle: "medium",
    timeStyle: "medium",
    timeZone: zone,
  });
  if (rows.length === 0) return null;
  return (
    <div className={styles.rows}>
      <Table aria-label={t("importing.rows")} verticalSpacing={4} fz="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("importing.line")}</Table.Th>
            <Table.Th>{t("importing.timeIn", { zone })}</Table.Th>
            <Table.Th className={styles.number}>{t("sensors.value")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ line, ts, value }) => (
            <Table.Tr key={line}>
              <Table.Td>{line}</Table.Td>
              <Table.Td>
                <time dateTime={new Date(ts).toISOString()}>{moment.format(ts)}</time>
              </Table.Td>
              <Table.Td className={styles.number}>
                {formatValue(value, i18n.language)} {unit}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

interface ErrorsProps {
  errors: ImportResult["errors"];
  /** Of all rows that were refused; the first of them are named. */
  count: number;
  preview?: boolean;
}

/** The rows that are not stored, by their lines. */
export function RowErrors({ errors, count, preview = false }: ErrorsProps) {
  const { t } = useTranslation();
  if (count === 0) return null;
  return (
    <section className={styles.errors} aria-label={t("importing.errors")}>
      <h3>{t(preview ? "importing.wouldRefuse" : "importing.refused", { count })}</h3>
      <ul>
        {errors.map(({ line, reason }) => (
          <li key={line}>
            <b>{t("importing.lineNumber", { line })}</b> {serverText(reason) ?? reason}
          </li>
        ))}
      </ul>
      {count > errors.length && <p>{t("importing.moreErrors", { count: count - errors.length })}</p>}
    </section>
  );
}
