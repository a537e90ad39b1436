/**
 * Something to unfold. A native `details`, so that it works with every assistive technology and with the page's own
 * search.
 */
import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';

export interface DisclosureProps {
  summary: ReactNode;
  children: ReactNode;
  open?: boolean;
  onToggle?: (open: boolean) => void;
  className?: string;
}

export function Disclosure({ summary, children, open = false, onToggle, className = '' }: DisclosureProps) {
  return (
    <details open={open} onToggle={(event) => onToggle?.(event.currentTarget.open)} className={`group ${className}`}>
      <summary className="-mx-2 flex min-h-8 list-none items-center gap-2 rounded-control px-2 text-sm font-semibold hover:bg-sunken [&::-webkit-details-marker]:hidden">
        <ChevronRight className="size-4 shrink-0 text-muted transition-transform group-open:rotate-90" aria-hidden />
        {summary}
      </summary>
      <div className="pt-3 ps-6">{children}</div>
    </details>
  );
}
