import { Skeleton } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorState } from "@/design/States";
import styles from "../SensorChart.module.css";
import { lookOf } from "../chartLook";
import { type ChartSpec, prepareChart } from "../chartSpec";
import { LiveChart } from "../liveChart";

interface Props {
  spec: ChartSpec;
  /** Says what is drawn, for who does not see it. */
  label: string;
  busy: boolean;
}

/** A chart as the server has made it, in the page's colours. What is drawn stays until its successor is there. */
export default function ComparedChart({ spec, label, busy }: Props) {
  const { t } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<LiveChart | null>(null);
  const drawing = useRef(Promise.resolve());
  const [drawn, setDrawn] = useState(false);
  const [error, setError] = useState<unknown>(null);

  useEffect(() => {
    let current = true;
    const isCurrent = () => current;
    const draw = async () => {
      const element = place.current;
      if (!element || !isCurrent()) return;
      try {
        const prepared = prepareChart(spec, lookOf(element));
        if (chart.current?.fits(prepared)) {
          await chart.current.replace(prepared);
        } else {
          const made = await LiveChart.draw(element, prepared);
          if (!isCurrent()) {
            made.destroy();
            return;
          }
          chart.current?.destroy();
          chart.current = made;
        }
        setError(null);
        setDrawn(true);
      } catch (failure) {
        if (isCurrent()) setError(failure);
      }
    };
    // One after the other: they share one place.
    drawing.current = drawing.current.then(draw);
    return () => {
      current = false;
    };
  }, [spec]);

  useEffect(
    () => () => {
      chart.current?.destroy();
      chart.current = null;
    },
    [],
  );

  return (
    <div className={styles.frame} aria-busy={busy}>
      {error !== null && <ErrorState error={error} title={t("sensors.chartFailed")} />}
      {!drawn && error === null && <Skeleton className={styles.skeleton} radius="md" />}
      {/* Vega puts a label of its own on the element that it draws in. */}
      <div role="img" aria-label={label}>
        <div ref={place} className={styles.chart} data-drawn={drawn} />
      </div>
    </div>
  );
}
