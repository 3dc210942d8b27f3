import { IconChartLine } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { ChartSnapshot as Snapshot } from "@/api/types";
import styles from "./ChartSnapshot.module.css";
import { chartLines, lowHigh } from "./chartLines";

const WIDTH = 400;
const HEIGHT = 96;

/** What a sensor showed when somebody posted it; it leads to what it shows now. */
export function ChartSnapshot({ chart }: { chart: Snapshot }) {
  const { t, i18n } = useTranslation();
  const { name, unit, start_ms: start, end_ms: end, points } = chart;
  const number = new Intl.NumberFormat(i18n.language, { maximumSignificantDigits: 4 });
  const value = (each: number) => `${number.format(each)}${unit ? ` ${unit}` : ""}`;
  const [from, to] = ends(start, end, i18n.language);
  const range = lowHigh(points);
  const latest = points.at(-1)?.[1];

  return (
    <figure className={styles.chart}>
      <figcaption className={styles.head}>
        <IconChartLine size={16} aria-hidden />
        <span className={styles.name}>{name}</span>
        {latest !== undefined && <span className={styles.latest}>{value(latest)}</span>}
      </figcaption>
      {range && latest !== undefined ? (
        <>
          <div
            className={styles.picture}
            role="img"
            aria-label={t("rooms.chart.words", {
              name,
              from,
              to,
              low: value(range.low),
              high: value(range.high),
              latest: value(latest),
            })}
          >
            <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden>
              {chartLines(points, { start, end, width: WIDTH, height: HEIGHT }).map((line) => (
                <path key={line} d={line} className={styles.line} />
              ))}
            </svg>
            <span className={styles.high}>{value(range.high)}</span>
            <span className={styles.low}>{value(range.low)}</span>
          </div>
          <div className={styles.times} aria-hidden>
            <span>{from}</span>
            <span>{to}</span>
          </div>
        </>
      ) : (
        <p className={styles.nothing}>{t("rooms.chart.nothing", { from, to })}</p>
      )}
      <Link className={styles.live} to={`/sensors/${chart.sensor_id}`}>
        {t("rooms.chart.live")}
      </Link>
    </figure>
  );
}

/** Both ends of the time shown, in the local zone; with the date unless it is one and the same day, today's. */
function ends(start: number, end: number, locale: string): [string, string] {
  const sameDay = new Date(start).toDateString() === new Date(end).toDateString();
  const short = sameDay && new Date(end).toDateString() === new Date().toDateString();
  const format = new Intl.DateTimeFormat(locale, {
    ...(!short && { month: "short", day: "numeric" }),
    ...(end - start < 60 * 86_400_000 && { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
    ...(end - start >= 60 * 86_400_000 && { year: "numeric" }),
  });
  return [format.format(start), format.format(end)];
}
