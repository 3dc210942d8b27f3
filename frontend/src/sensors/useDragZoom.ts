import { type MouseEvent, type PointerEvent, useRef, useState } from "react";

/** Less than this many px is a click. */
const LEAST_DRAG = 8;

interface Options {
  /** The time at a place of the page, in ms; null where there is none. */
  timeAt: (clientX: number) => number | null;
  onZoom: (start: number, end: number) => void;
  onReset: () => void;
}

export interface Selection {
  left: number;
  width: number;
}

/**
 * Choosing a span of time by dragging over a chart, and a double click that undoes it. A finger scrolls the page instead: for
 * those who have no mouse there are the ranges and the times to enter.
 */
export function useDragZoom({ timeAt, onZoom, onReset }: Options) {
  const from = useRef<number | null>(null);
  const [selection, setSelection] = useState<Selection | null>(null);

  const finish = () => {
    from.current = null;
    setSelection(null);
  };

  return {
    selection,
    handlers: {
      onPointerDown: (event: PointerEvent<HTMLElement>) => {
        if (event.pointerType === "touch" || event.button !== 0 || timeAt(event.clientX) === null) return;
        from.current = event.clientX;
      },
      onPointerMove: (event: PointerEvent<HTMLElement>) => {
        if (from.current === null) return;
        if (Math.abs(event.clientX - from.current) >= LEAST_DRAG) {
          // Only now: a click goes to the chart.
          event.currentTarget.setPointerCapture(event.pointerId);
          const { left } = event.currentTarget.getBoundingClientRect();
          setSelection({
            left: Math.min(from.current, event.clientX) - left,
            width: Math.abs(event.clientX - from.current),
          });
        }
      },
      onPointerUp: (event: PointerEvent<HTMLElement>) => {
        const begun = from.current;
        finish();
        if (begun === null || Math.abs(event.clientX - begun) < LEAST_DRAG) return;
        const start = timeAt(Math.min(begun, event.clientX));
        const end = timeAt(Math.max(begun, event.clientX));
        if (start !== null && end !== null) onZoom(start, end);
      },
      onPointerCancel: finish,
      onDoubleClick: (event: MouseEvent<HTMLElement>) => {
        event.preventDefault();
        onReset();
      },
    },
  };
}
