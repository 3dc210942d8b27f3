/** A point per pixel is enough; in steps, so that a window that is a little wider finds the same chart. */
export function chartWidth(): number {
  return Math.min(2_000, Math.max(300, Math.ceil(window.innerWidth / 200) * 200));
}

/** The colours of the page as they are now, for what is drawn by Vega and knows no style sheet. */
export function lookOf(element: HTMLElement | null) {
  const style = getComputedStyle(element ?? document.documentElement);
  const token = (name: string) => style.getPropertyValue(name).trim();
  return {
    ink: token("--fr-ink"),
    muted: token("--fr-ink-3"),
    line: token("--fr-line"),
    font: token("--fr-font"),
    height: window.innerWidth < 600 ? 260 : 340,
  };
}
