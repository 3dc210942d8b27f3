import styles from "./SignInPage.module.css";

/** A day of some sensor, as a picture: slow warmth, a little noise, one event. Points are fixed, so it never flickers. */
const points = Array.from({ length: 121 }, (_, index) => {
  const t = index / 120;
  const daily = Math.sin((t - 0.3) * Math.PI * 2) * 46;
  const noise = Math.sin(index * 1.7) * 4 + Math.sin(index * 0.61 + 2) * 6;
  const event = 74 * Math.exp(-(((t - 0.72) * 26) ** 2));
  return [t * 640, 180 - daily - noise - event] as const;
});
const line = points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" L");
const [eventX, eventY] = points.reduce((top, point) => (point[1] < top[1] ? point : top));

export function Trace() {
  return (
    <svg
      className={styles.trace}
      viewBox="0 0 640 320"
      preserveAspectRatio="xMidYMax slice"
      role="presentation"
    >
      {[60, 120, 180, 240].map((y) => (
        <line key={y} x1="0" x2="640" y1={y} y2={y} className={styles.gridline} />
      ))}
      <path d={`M0,320 L${line} L640,320 Z`} className={styles.area} />
      <path d={`M${line}`} className={styles.line} />
      <line x1={eventX} x2={eventX} y1={eventY} y2="320" className={styles.event} />
      <circle cx={eventX} cy={eventY} r="6" className={styles.point} />
    </svg>
  );
}
