/** How far the reading of a drop is, before there is a data set to show; and a word on one that a reload broke off. */
import { History } from 'lucide-react';
import { formatBytes } from '../shared/bytes';
import { useStudio, useStudioState } from '../state/studioContext';
import { Button } from '../ui/Button';
import { plural } from '../ui/format';
import { Message } from '../ui/Message';
import { CancellableProgress } from '../ui/ProgressBar';

export function ReadingProgress() {
  const studio = useStudio();
  const reading = useStudioState((state) => state.reading);
  if (!reading) return null;
  const { kind, done, total } = reading;
  const bytes = total > 0 ? `${formatBytes(done)} of ${formatBytes(total)}` : 'starting';
  const [label, value] = {
    sample: ['Loading the sample', bytes] as const,
    folder: ['Looking through the folder', `${plural(done, 'file')} found`] as const,
    again: ['Reading the folder as you said', 'a moment'] as const,
  }[kind];
  return (
    <CancellableProgress
      label={label}
      done={done}
      total={total}
      value={value}
      onCancel={() => void studio.data.cancel()}
    />
  );
}

const whereItIs = {
  disk: 'The browser knows where it lies on this machine, and may ask whether this page may read it.',
  nowhere:
    'Pictures are kept in this browser only once all of them have been read, and it does not let a page find a folder again by itself.',
};

export function BrokenOff() {
  const studio = useStudio();
  const brokenOff = useStudioState((state) => state.brokenOff);
  const place = useStudioState((state) => state.kept.find(({ id }) => id === state.brokenOff?.folder)?.place ?? null);
  const reading = useStudioState((state) => state.reading !== null);
  if (!brokenOff) return null;
  const { name, folder } = brokenOff;
  return (
    <Message
      tone="info"
      text={`“${name}” was still being read when this page was closed or loaded anew.`}
      why={place === 'browser' ? undefined : whereItIs[place ?? 'nowhere']}
      action={place === null ? 'Drop it again.' : undefined}
    >
      {place !== null && (
        <div className="pt-2">
          <Button
            icon={History}
            size="small"
            variant="primary"
            disabled={reading}
            onPress={() => void studio.data.openKept(folder)}
          >
            {`Go on reading “${name}”`}
          </Button>
        </div>
      )}
    </Message>
  );
}
