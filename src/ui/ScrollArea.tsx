/** A named part of the page that scrolls by itself, and can be scrolled with the keyboard. */
import type { ReactNode } from 'react';

export function ScrollArea({
  label,
  children,
  className = '',
}: {
  label: string;
  children: ReactNode;
  className?: string;
}) {
  return (
    // Not every browser lets the keyboard into an element that merely scrolls.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section tabIndex={0} aria-label={label} className={`overflow-auto ${className}`}>
      {children}
    </section>
  );
}
