import { type PointerEvent, type ReactNode, useLayoutEffect, useRef, useState } from "react";
import { moved } from "./arrangement";

interface Props {
  className: string | undefined;
  itemClassName: string | undefined;
  label: string;
  /** The ids of what is sorted, in order. */
  order: readonly string[];
  sizeOf: (id: string) => string;
  /** Called when something was put down in another place. */
  onMove: (id: string, to: number) => void;
  children: (id: string) => ReactNode;
}

interface Drag {
  id: string;
  pointerId: number;
  /** Where on the tile it was taken hold of. */
  grip: { x: number; y: number };
  at: { x: number; y: number };
}

/** This close to the edge of what scrolls, in px, a tile that is held there scrolls it. */
const EDGE = 56;
const SCROLL_STEP = 14;
const HANDLE = "[data-drag-handle]";

/**
 * A list whose items are put into another order by dragging them: with a mouse anywhere, by touch on their handle (an element
 * with data-drag-handle), so that the page can still be scrolled. Keys are the business of what is in it.
 */
export function SortableGrid({ className, itemClassName, label, order, sizeOf, onMove, children }: Props) {
  const list = useRef<HTMLUListElement>(null);
  const drag = useRef<Drag | null>(null);
  /** What the pointer was over when it last changed the order: it has to leave that before it does so again. */
  const over = useRef<string | null>(null);
  const [preview, setPreview] = useState<{ id: string; order: readonly string[] } | null>(null);
  const shown = preview?.order ?? order;

  const itemOf = (id: string) =>
    list.current?.querySelector<HTMLElement>(`:scope > [data-id="${id}"]`) ?? null;

  /** Puts the dragged tile under the pointer, wherever its place in the list is by now. */
  const follow = () => {
    const { current } = drag;
    const item = current && itemOf(current.id);
    if (!item) return;
    item.style.transform = "";
    const place = item.getBoundingClientRect();
    item.style.transform = `translate(${current.at.x - current.grip.x - place.x}px, ${current.at.y - current.grip.y - place.y}px)`;
  };
  useLayoutEffect(follow);

  const begin = (event: PointerEvent<HTMLUListElement>) => {
    if (drag.current || event.button !== 0 || !(event.target instanceof Element)) return;
    const item = event.target.closest<HTMLElement>("[data-id]");
    const held = event.target.closest(HANDLE);
    const control = event.target.closest("a, button, input");
    if (!item?.dataset.id || (!held && (event.pointerType !== "mouse" || control))) return;
    const place = item.getBoundingClientRect();
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = {
      id: item.dataset.id,
      pointerId: event.pointerId,
      grip: { x: event.clientX - place.x, y: event.clientY - place.y },
      at: { x: event.clientX, y: event.clientY },
    };
    over.current = item.dataset.id;
    setPreview({ id: item.dataset.id, order });
  };

  const move = (event: PointerEvent<HTMLUListElement>) => {
    const { current } = drag;
    if (current?.pointerId !== event.pointerId) return;
    current.at = { x: event.clientX, y: event.clientY };
    scrollAtEdge(event.currentTarget, event.clientY);
    follow();
    const beneath = document
      .elementsFromPoint(event.clientX, event.clientY)
      .map((element) => element.closest<HTMLElement>("[data-id]")?.dataset.id)
      .find((id) => id !== undefined && id !== current.id);
    if (beneath === over.current) return;
    over.current = beneath ?? null;
    if (beneath === undefined) return;
    setPreview({ id: current.id, order: moved(shown, shown.indexOf(current.id), shown.indexOf(beneath)) });
  };

  const end = (event: PointerEvent<HTMLUListElement>, keep: boolean) => {
    const { current } = drag;
    if (current?.pointerId !== event.pointerId) return;
    const item = itemOf(current.id);
    if (item) item.style.transform = "";
    drag.current = null;
    setPreview(null);
    const to = shown.indexOf(current.id);
    if (keep && to !== order.indexOf(current.id)) onMove(current.id, to);
  };

  return (
    <ul
      ref={list}
      className={className}
      aria-label={label}
      onPointerDown={begin}
      onPointerMove={move}
      onPointerUp={(event) => {
        end(event, true);
      }}
      onPointerCancel={(event) => {
        end(event, false);
      }}
    >
      {shown.map((id) => (
        <li
          key={id}
          data-id={id}
          data-size={sizeOf(id)}
          data-dragging={preview?.id === id || undefined}
          className={itemClassName}
        >
          {children(id)}
        </li>
      ))}
    </ul>
  );
}

function scrollAtEdge(list: HTMLElement, y: number): void {
  const scroller = list.closest<HTMLElement>("[data-scroller]");
  if (!scroller) return;
  const { top, bottom } = scroller.getBoundingClientRect();
  if (y < top + EDGE) scroller.scrollTop -= SCROLL_STEP;
  else if (y > bottom - EDGE) scroller.scrollTop += SCROLL_STEP;
}
