import {
  type RefObject,
  useCallback,
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useRef,
  useState,
} from "react";

/** Nearer to the end than this counts as being there: a line of text may be half scrolled. */
const BOTTOM_SLACK_PX = 48;
/** Older and newer messages are asked for before the reader meets the edge. */
const EDGE_REACH_PX = 600;

interface Options {
  /** The seq of the first and last message that is shown. */
  first: number;
  last: number;
  sends: number;
  /** Whether the last message that is shown is the last there is: only then is the end one to stay at. */
  atLatest: boolean;
  /** Whether it opens at the line of what is new; else at its end. */
  opensAtNew: boolean;
  onNearTop: () => void;
  onNearBottom: () => void;
}

export interface StickyScroll {
  viewport: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  /** Looks where the reader is; call it after each scroll. */
  onScroll: () => void;
  atBottom: boolean;
  /** The last seq that was there when the reader left the end; null while at the end. */
  seenTo: number | null;
  toBottom: () => void;
}

/**
 * How a conversation scrolls: it stays at its end while one reads there, stays where it is while one reads further up, and
 * keeps its place while older messages come in above.
 */
export function useStickyScroll(options: Options): StickyScroll {
  const { first, last, sends, atLatest, opensAtNew, onNearTop, onNearBottom } = options;
  const viewport = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const before = useRef({ first: 0, sends, fromEnd: 0 });
  const stick = useRef(atLatest);
  const [atBottom, setAtBottom] = useState(atLatest);
  const [seenTo, setSeenTo] = useState<number | null>(null);

  const measure = () => {
    const element = viewport.current;
    if (!element) return;
    const below = element.scrollHeight - element.scrollTop - element.clientHeight;
    const end = atLatest && below < BOTTOM_SLACK_PX;
    stick.current = end;
    before.current.fromEnd = element.scrollHeight - element.scrollTop;
    setAtBottom(end);
    setSeenTo((seen) => (end || !atLatest ? null : (seen ?? last)));
    if (element.scrollTop < EDGE_REACH_PX) onNearTop();
    if (below < EDGE_REACH_PX) onNearBottom();
  };
  const settle = useEffectEvent(measure);

  useLayoutEffect(() => {
    const element = viewport.current;
    if (!element || first === 0) return;
    const previous = before.current;
    if (previous.first === 0) {
      // Opened: at what is new, or at the end.
      const line = opensAtNew ? element.querySelector<HTMLElement>("[data-unread-line]") : null;
      element.scrollTop = line ? line.offsetTop - element.clientHeight / 3 : element.scrollHeight;
    } else if (sends > previous.sends) {
      element.scrollTop = element.scrollHeight;
    } else if (first < previous.first) {
      element.scrollTop = element.scrollHeight - previous.fromEnd;
    } else if (stick.current) {
      element.scrollTop = element.scrollHeight;
    }
    before.current = { first, sends, fromEnd: element.scrollHeight - element.scrollTop };
    settle();
  }, [first, last, sends, atLatest, opensAtNew]);

  // What changes height by itself: the echo, the window, the composer, a line that wraps.
  useEffect(() => {
    const element = viewport.current;
    if (!element || !content.current) return;
    const observer = new ResizeObserver(() => {
      if (stick.current) element.scrollTop = element.scrollHeight;
      settle();
    });
    observer.observe(content.current);
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, []);

  const toBottom = useCallback(() => {
    const element = viewport.current;
    if (!element) return;
    element.scrollTop = element.scrollHeight;
    element.focus({ preventScroll: true });
  }, []);

  return {
    viewport,
    content,
    onScroll: measure,
    atBottom,
    seenTo,
    toBottom,
  };
}
