/** A titled part of a page. The title is a real heading, so that screen readers can jump from card to card. */
import { useId, type ReactNode } from 'react';

export interface CardProps {
  title: string;
  /** One line below the title. */
  note?: ReactNode;
  /** Tools at the right of the title. */
  tools?: ReactNode;
  children: ReactNode;
  className?: string;
}

export function Card({ title, note, tools, children, className = '' }: CardProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={`card flex min-w-0 flex-col p-4 sm:p-6 ${className}`}>
      <header className="mb-4 flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <h2 id={id} className="text-lg font-semibold">
            {title}
          </h2>
          {note && <p className="text-sm text-muted">{note}</p>}
        </div>
        {tools && <div className="flex flex-wrap items-center gap-2">{tools}</div>}
      </header>
      {children}
    </section>
  );
}
