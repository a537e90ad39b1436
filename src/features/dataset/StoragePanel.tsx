/**
 * What is kept in this browser: downloaded CLIPs, computed features, runs, changed labels and pictures, with their
 * sizes, and how to be rid of them.
 */
import { Check, HardDrive, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { formatBytes } from '../../shared/bytes';
import type { StorageItem, StorageReport } from '../../state/ports';
import { useStudio, useStudioState } from '../../state/studioContext';
import { isRunning } from '../../state/studioState';
import { Button } from '../../ui/Button';
import { Disclosure } from '../../ui/Disclosure';
import type { StorageView } from './useStorageReport';

const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

/** Whether a run is being trained, here or in another tab: what it saves next would bring it back. */
function useGoingOn({ id, held = false }: StorageItem): boolean {
  return useStudioState(({ library, session, run }) => {
    const here = library.own.some((own) => id === `run:${own}`);
    return here ? isRunning(session) && id === `run:${run.keptAs}` : held;
  });
}

function Item({ item, onDelete }: { item: StorageItem; onDelete: () => Promise<void> }) {
  const goingOn = useGoingOn(item);
  const [asked, setAsked] = useState(false);
  const [pending, setPending] = useState(false);
  const remove = async () => {
    setPending(true);
    await onDelete();
  };
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 py-2">
      <span className="min-w-0">
        <span className="block text-sm font-medium wrap-anywhere">{item.name}</span>
        <span className="numeric text-xs text-muted">
          {formatBytes(item.bytes)}
          {item.kind === 'model' && !item.complete && ', not whole'} · last used {day.format(item.used)}
        </span>
      </span>
      {goingOn ? (
        <span className="text-xs text-muted">Going on now</span>
      ) : asked ? (
        <span className="flex gap-2">
          <Button size="small" variant="danger" focusFirst pending={pending} onPress={() => void remove()}>
            Delete for good
          </Button>
          <Button size="small" variant="quiet" onPress={() => setAsked(false)}>
            Keep
          </Button>
        </span>
      ) : (
        <Button size="small" variant="quiet" icon={Trash2} iconOnly onPress={() => setAsked(true)}>
          {`Delete ${item.name}`}
        </Button>
      )}
    </li>
  );
}

function Room({ report, onPersist }: { report: StorageReport; onPersist: () => Promise<boolean> }) {
  const [refused, setRefused] = useState(false);
  const { usedBytes, quotaBytes, persistent } = report;
  return (
    <div className="grid gap-2 text-sm text-muted">
      {usedBytes !== null && quotaBytes !== null && (
        <p className="numeric">
          The studio uses {formatBytes(usedBytes)} of {formatBytes(quotaBytes)} that the browser allows it.
        </p>
      )}
      {persistent ? (
        <p className="flex items-center gap-2">
          <Check className="size-4 shrink-0 text-accent" aria-hidden /> The browser keeps it until you delete it.
        </p>
      ) : (
        <div className="flex flex-wrap items-center gap-3">
          <Button
            size="small"
            icon={HardDrive}
            onPress={() => void onPersist().then((granted) => setRefused(!granted))}
          >
            Make storage persistent
          </Button>
          <span aria-live="polite">
            {refused
              ? 'The browser refused: it may delete this when the disk gets full. Bookmarking or installing the studio often helps.'
              : 'The browser may delete this when the disk gets full.'}
          </span>
        </div>
      )}
    </div>
  );
}

export function StoragePanel({ report, refresh }: StorageView) {
  const { storage } = useStudio();
  if (!report) return null;
  const total = report.items.reduce((sum, { bytes }) => sum + bytes, 0);
  const summary = (
    <span className="flex flex-wrap items-baseline gap-x-2">
      Kept on this machine{' '}
      <span className="numeric text-xs font-normal text-muted">
        {report.items.length > 0 ? formatBytes(total) : 'nothing yet'}
      </span>
    </span>
  );
  return (
    <Disclosure summary={summary}>
      <div className="-ms-6 grid gap-3">
        {report.items.length > 0 ? (
          <ul className="divide-y divide-line" aria-label="Kept on this machine">
            {report.items.map((item) => (
              <Item
                key={item.id}
                item={item}
                onDelete={async () => {
                  await storage.remove(item.id).catch(() => undefined);
                  await refresh();
                }}
              />
            ))}
          </ul>
        ) : (
          <p className="text-sm text-muted">
            CLIPs that you download, what they see in your pictures, runs, labels that you change and copies of your
            pictures will be listed here.
          </p>
        )}
        <Room
          report={report}
          onPersist={async () => {
            const granted = await storage.persist();
            await refresh();
            return granted;
          }}
        />
      </div>
    </Disclosure>
  );
}
