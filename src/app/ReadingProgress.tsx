/** How far the reading of a drop is, before there is a data set to show; and a word on one that a reload broke off. */
import { formatBytes } from '../shared/bytes';
import { useStudio, useStudioState } from '../state/studioContext';
import { plural } from '../ui/format';
import { Message } from '../ui/Message';
import { CancellableProgress } from '../ui/ProgressBar';

export function ReadingProgress() {
  const studio = useStudio();
  const reading = useStudioState((state) => state.reading);
  if (!reading) return null;
  const { kind, done, total } = reading;
  const sample = kind === 'sample';
  const bytes = total > 0 ? `${formatBytes(done)} of ${formatBytes(total)}` : 'starting';
  return (
    <CancellableProgress
      label={sample ? 'Loading the sample' : 'Looking through the folder'}
      done={done}
      total={total}
      value={sample ? bytes : `${plural(done, 'file')} found`}
      onCancel={() => void studio.data.cancel()}
    />
  );
}

export function BrokenOff() {
  const name = useStudioState((state) => state.brokenOff);
  if (name === null) return null;
  return (
    <Message
      tone="info"
      text={`“${name}” was still being read when this page was closed or loaded anew.`}
      why="Pictures are kept in this browser only once all of them have been read, so nothing of it is here."
      action="Drop it again."
    />
  );
}
