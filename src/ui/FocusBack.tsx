/**
 * Something that goes away once it was pressed, as the offer to take changes back does. The focus that it held goes to
 * what lies before it, not to the top of the page.
 */
import { useLayoutEffect, useRef, type ReactNode } from 'react';

const focusable = 'a[href], button:enabled, summary, input:enabled, select:enabled, textarea:enabled, [tabindex="0"]';

function before(element: Element): HTMLElement | undefined {
  const all = [...document.querySelectorAll<HTMLElement>(focusable)];
  return all.findLast(
    (each) =>
      element.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_PRECEDING &&
      !each.contains(element) &&
      each.checkVisibility(),
  );
}

export function FocusBack({ children, className }: { children: ReactNode; className?: string }) {
  const holder = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = holder.current;
    return () => {
      if (!element?.contains(document.activeElement)) return;
      const next = before(element);
      // It is taken from the page after this.
      queueMicrotask(() => next?.focus());
    };
  }, []);
  return (
    <div ref={holder} className={className}>
      {children}
    </div>
  );
}
