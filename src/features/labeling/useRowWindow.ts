/**
 * Which rows of a long list of equal rows are in view, and a way to bring one into view. (Libraries for this measure
 * rows of any height; where all are alike it is one division.)
 */
import { useCallback, useRef, useState, type RefObject } from 'react';

/** Rows drawn beyond either end of what is in view. */
const beyond = 2;

export interface RowWindow {
  /** To be put on the element that scrolls. */
  attach: (element: HTMLElement | null) => void;
  element: RefObject<HTMLElement | null>;
  /** Inner width of that element; 0 before it is there. */
  width: number;
  /** Inner height. */
  height: number;
  onScroll: () => void;
  scrollTop: number;
  /** Scrolls as little as needed for a row to be wholly in view. */
  reveal: (row: number, rowHeight: number, gap: number) => void;
}

export function useRowWindow(): RowWindow {
  const element = useRef<HTMLElement | null>(null);
  const observer = useRef<ResizeObserver | null>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [scrollTop, setScrollTop] = useState(0);
  const attach = useCallback((attached: HTMLElement | null) => {
    element.current = attached;
    observer.current?.disconnect();
    if (!attached) return;
    const measure = (): void => setSize({ width: attached.clientWidth, height: attached.clientHeight });
    measure();
    observer.current = new ResizeObserver(measure);
    observer.current.observe(attached);
  }, []);
  const onScroll = useCallback(() => setScrollTop(element.current?.scrollTop ?? 0), []);
  const reveal = useCallback((row: number, rowHeight: number, gap: number) => {
    const { current } = element;
    if (current) current.scrollTop = scrollFor(row, current.scrollTop, current.clientHeight, rowHeight, gap);
  }, []);
  return { attach, element, ...size, onScroll, scrollTop, reveal };
}

/** First row to draw and the one after the last. */
export function rowsInView(scrollTop: number, height: number, rowHeight: number, rows: number): [number, number] {
  const from = Math.max(0, Math.floor(scrollTop / rowHeight) - beyond);
  return [Math.min(from, rows), Math.min(rows, Math.ceil((scrollTop + height) / rowHeight) + beyond)];
}

/** Where to scroll so that a row is wholly in view: not at all where it is. */
export function scrollFor(row: number, scrollTop: number, height: number, rowHeight: number, gap: number): number {
  const top = row * rowHeight;
  if (top < scrollTop) return top;
  return Math.max(scrollTop, top + rowHeight + gap - height);
}
