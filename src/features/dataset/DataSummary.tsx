/** How the drop was read, in one sentence, and how far decoding is. */
import { useStudio, useStudioState } from '../../state/studioContext';
import { formatCount, formatDuration, plural } from '../../ui/format';
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
  const reading = useStudioState((state) => state.importProgress !== null);
  if (!source) return null;
  return (
    <div className="grid gap-4">
      <div>
        <p className="eyebrow">{source.kind === 'sample' ? 'Sample data set' : source.name}</p>
        <h1 data-testid="reading" className="mt-1 text-2xl font-semibold tracking-tight">
          {(dataset && renewed ? renewed : source.reading).sentence}
        </h1>
        {/* As high while pictures are read as after it: what is below stays where it is. */}
        <div className="mt-1 flex min-h-16 flex-col justify-center sm:min-h-11">
          {reading ? (
            <ImportProgress />
          ) : (
            dataset && (
              <p className="numeric text-sm text-muted">
                {plural(dataset.imageCount, 'picture is', 'pictures are')} ready at {dataset.resolution} ×{' '}
                {dataset.resolution} pixels.
              </p>
            )
          )}
        </div>
      </div>
      <ReadingWarnings />
    </div>
  );
}
