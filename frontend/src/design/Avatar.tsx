import styles from "./Avatar.module.css";

interface Props {
  /** What the colour is made from: the same for a person wherever they are. */
  id: string;
  name: string;
  size?: number;
  online?: boolean;
  /** Online, but not there. */
  away?: boolean;
}

/** A person as initials on a colour of their own. Decorative: the name stands beside it. */
export function Avatar({ id, name, size = 36, online, away = false }: Props) {
  return (
    <span
      className={styles.avatar}
      style={{ "--size": `${size}px`, "--hue": hueOf(id) } as React.CSSProperties}
      aria-hidden
    >
      {initialsOf(name)}
      {online !== undefined && (
        <span className={styles.dot} data-online={online} data-away={(online && away) || undefined} />
      )}
    </span>
  );
}

/** Ids end in a counter, so neighbours must land far apart: multiples of the golden angle do. */
export function hueOf(id: string): number {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.charCodeAt(0)) % 100_003;
  return Math.round((sum * 137.508) % 360);
}

/** One character of a Chinese name, up to two initials of any other. */
export function initialsOf(name: string): string {
  const words = name
    .trim()
    .split(/[\s._-]+/u)
    .filter(Boolean);
  const [first = "?"] = Array.from(words[0] ?? "?");
  if (words.length < 2 || /\p{Script=Han}/u.test(first)) return first.toUpperCase();
  const [second = ""] = Array.from(words.at(-1) ?? "");
  return (first + second).toUpperCase();
}
