/** How the drop was read, in one sentence, and how far decoding is. */
import { useStudio, useStudioState } from '../../state/studioContext';
import { formatCount, formatDuration } from '../../ui/format';
import { CancellableProgress } from '../../ui/ProgressBar';
import { ReadingWarnings } from './ReadingWarnings';

function ImportProgress() {
  const studio = useStudio();
  const progress = useStudioState((state) => state.importProgress);
  if (!progress) return null;
  const value = `${formatCount(progress.done)} of ${formatCount(progress.total)}`;
  const aside =
    progress.secondsLeft !== null && progress.secondsLeft > 2
      ? `about ${formatDuration(progress.secondsLeft)} left`
      : undefined;
  return (
    <CancellableProgress
      label={progress.label}
      done={progress.done}
      total={progress.total}
      value={value}
      aside={aside}
      onCancel={() => void studio.data.cancel()}
    />
  );
}

export function DataSummary() {
  const source = useStudioState((state) => state.source);
  const dataset = useStudioState((state) => state.dataset);
  const renewed = useStudioState((state) => state.renewed);
  if (!source) return null;
  const { reading } = source;
  return (
    <div className="grid gap-4">
      <div>
        <p className="eyebrow">{source.kind === 'sample' ? 'Sample data set' : source.name}</p>
        <h1 data-testid="reading" className="mt-1 text-2xl font-semibold tracking-tight">
          {(dataset && renewed ? renewed : reading).sentence}
        </h1>
        {dataset && (
          <p className="numeric mt-1 text-sm text-muted">
            {formatCount(dataset.imageCount)} pictures are ready at {dataset.resolution} × {dataset.resolution} pixels.
          </p>
        )}
      </div>
      <ImportProgress />
      <ReadingWarnings />
    </div>
  );
}
