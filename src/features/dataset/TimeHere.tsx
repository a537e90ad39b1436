/** What a configuration takes on this machine, as far as that was measured, and the button that measures it. */
import { Gauge } from 'lucide-react';
import type { RunConfig } from '../../shared/config';
import { estimateTime, type Measured, type TimeEstimate } from '../../state/speed';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';
import { formatDuration } from '../../ui/format';
import { isRunning } from '../../state/studioState';

/** "about 3 h here"; a tilde where it was worked out from another measure. Null where nothing was measured. */
export function timeHere(estimate: TimeEstimate | null): string | null {
  if (!estimate) return null;
  const time = formatDuration(estimate.whole);
  return estimate.measured ? `about ${time} here` : `roughly ${time} here`;
}

/** What to expect, in a sentence. */
export function expectation(estimate: TimeEstimate | null): string {
  if (!estimate) return '';
  if (estimate.recognisable === null)
    return estimate.borrowed
      ? 'Probably too short for samples that can be recognised.'
      : 'Too short for samples that can be recognised.';
  return estimate.borrowed
    ? `First samples that can be recognised perhaps after about ${formatDuration(estimate.recognisable)}, if it learns at BigGAN’s pace; that was not measured.`
    : `First samples that can be recognised after about ${formatDuration(estimate.recognisable)}.`;
}

/** Longer than someone would sit by. */
const longSeconds = 3600;

/** For the chosen configuration, changes and all. */
export function TimeHere({ config, speed }: { config: RunConfig; speed: Measured }) {
  const studio = useStudio();
  const measuring = useStudioState((state) => state.benchmark !== null);
  const possible = useStudioState((state) => state.adapter !== null && !isRunning(state.session));
  const estimate = estimateTime(config, speed);
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 text-sm" data-testid="time-here">
      <p className="min-w-0 flex-1 basis-56">
        {estimate ? (
          <>
            <strong className="font-semibold">{`On this machine: ${formatDuration(estimate.whole)}`}</strong>
            {estimate.measured ? ', as measured' : ', worked out from what was measured'}, without the time that CLIP
            takes. {expectation(estimate)}
            {estimate.whole > longSeconds && ' You can stop at any time and keep what it has learnt till then.'}
          </>
        ) : (
          'How long it takes here is not known yet: 20 steps of training will tell.'
        )}
      </p>
      <Button
        size="small"
        icon={Gauge}
        pending={measuring}
        disabled={!possible}
        onPress={() => void studio.benchmarking.measure()}
      >
        {measuring ? 'Measuring' : estimate ? 'Measure again' : 'Measure this machine'}
      </Button>
    </div>
  );
}
