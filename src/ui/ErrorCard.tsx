/**
 * What went wrong, why, and what to do about it, with a code and diagnostics to copy. Takes the focus when it appears,
 * because it replaces what the user was looking at.
 */
import { Check, CircleX, Copy } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { ErrorInfo } from '../shared/errors';
import { Button } from './Button';

export interface ErrorCardProps {
  error: ErrorInfo;
  /** The text that "Copy diagnostics" copies. */
  diagnostics: string;
  /** Ways on: buttons. */
  children?: ReactNode;
  /** Level of the heading: 1 where the card is the page. */
  level?: 1 | 2;
}

export function ErrorCard({ error, diagnostics, children, level = 2 }: ErrorCardProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (error) heading.current?.focus();
  }, [error]);
  const Heading = level === 1 ? 'h1' : 'h2';
  const copy = async () => {
    await navigator.clipboard.writeText(diagnostics).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <section role="alert" data-testid="problem" className="card border-bad p-4 sm:p-6">
      <div className="flex gap-4">
        <CircleX className="mt-0.5 size-6 shrink-0 text-bad" aria-hidden />
        <div className="min-w-0 flex-1 wrap-anywhere">
          <Heading
            ref={heading}
            tabIndex={-1}
            className={`font-semibold outline-none ${level === 1 ? 'text-xl' : 'text-lg'}`}
          >
            {error.what}
          </Heading>
          {error.why && <p className="mt-2 text-muted">{error.why}</p>}
          <p className="mt-2">{error.action}</p>
          <div className="mt-4 flex flex-wrap items-center gap-2">
            {children}
            <Button variant="quiet" icon={copied ? Check : Copy} onPress={() => void copy()}>
              {copied ? 'Copied' : 'Copy diagnostics'}
            </Button>
            <span className="ms-auto font-mono text-xs text-muted">{error.code}</span>
          </div>
        </div>
      </div>
    </section>
  );
}
