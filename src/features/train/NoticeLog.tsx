/** What the session had to say, newest first. */
import { Info, TriangleAlert } from 'lucide-react';
import { useStudioState } from '../../state/studioContext';
import { Card } from '../../ui/Card';
import { ScrollArea } from '../../ui/ScrollArea';

const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

export function NoticeLog() {
  const notices = useStudioState((state) => state.run.notices);
  return (
    <Card title="Log">
      {notices.length > 0 ? (
        <ScrollArea label="Notices, newest first" className="max-h-80">
          <ol className="divide-y divide-line text-sm">
            {notices.toReversed().map(({ id, tone, text, action, at }) => {
              const Icon = tone === 'warning' ? TriangleAlert : Info;
              return (
                <li key={id} className="flex gap-3 py-2">
                  <Icon
                    className={`mt-0.5 size-4 shrink-0 ${tone === 'warning' ? 'text-warn' : 'text-muted'}`}
                    aria-hidden
                  />
                  <span className="min-w-0 flex-1 wrap-anywhere">
                    <span className="sr-only">{tone === 'warning' ? 'Warning: ' : 'Note: '}</span>
                    {text} {action && <span className="text-muted">{action}</span>}
                  </span>
                  <time className="numeric text-xs text-muted" dateTime={new Date(at).toISOString()}>
                    {time.format(at)}
                  </time>
                </li>
              );
            })}
          </ol>
        </ScrollArea>
      ) : (
        <p className="text-sm text-muted">Nothing to report.</p>
      )}
    </Card>
  );
}
