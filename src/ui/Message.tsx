/** A note inside a page: what is so, why, and what to do. The tone is told by icon and word, never by color alone. */
import { CircleX, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

export interface MessageProps {
  tone: 'info' | 'warning' | 'error';
  text: ReactNode;
  why?: string | undefined;
  action?: string | undefined;
  children?: ReactNode;
}

const looks = {
  info: { Icon: Info, box: 'bg-sunken', mark: 'text-muted', word: 'Note' },
  warning: { Icon: TriangleAlert, box: 'bg-warn-soft', mark: 'text-warn', word: 'Warning' },
  error: { Icon: CircleX, box: 'bg-bad-soft', mark: 'text-bad', word: 'Problem' },
};

export function Message({ tone, text, why, action, children }: MessageProps) {
  const { Icon, box, mark, word } = looks[tone];
  return (
    <div className={`flex gap-3 rounded-control p-3 text-sm ${box}`}>
      <Icon className={`mt-0.5 size-4 shrink-0 ${mark}`} aria-hidden />
      <div className="min-w-0 space-y-1 wrap-anywhere">
        <p className="font-semibold">
          <span className="sr-only">{word}: </span>
          {text}
        </p>
        {why && <p>{why}</p>}
        {action && <p>{action}</p>}
        {children}
      </div>
    </div>
  );
}
