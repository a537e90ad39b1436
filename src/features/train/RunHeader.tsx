/**
 * Where the run is: state, phases, progress and time left, with the run's buttons. Stays in view while the page
 * scrolls, unless the window is so low, as at twice the size of everything, that it would take half of it.
 */
import type { ReactNode } from 'react';
import { formatBytes } from '../../shared/bytes';
import type { SessionState } from '../../session/protocol/events';
import { phaseNames, type Progress } from '../../state/runState';
import { useStudioState } from '../../state/studioContext';
import { formatKimg } from '../../shared/kimg';
import { formatCount, formatDuration } from '../../ui/format';
import { ProgressBar } from '../../ui/ProgressBar';
import { PhaseStepper } from './PhaseStepper';
import { text } from '../../shared/text';

const stateWords: Record<SessionState, string> = {
  booting: 'Starting',
  idle: 'Idle',
  importing: 'Reading pictures',
  ready: 'Ready',
  preparing: 'Preparing',
  training: 'Training',
  paused: 'Paused',
  finished: 'Finished',
  stopped: 'Stopped',
  failed: 'Failed',
};

function amount({ done, total, unit }: Progress): string {
  const show = (value: number) =>
    unit === 'bytes' ? formatBytes(value) : unit === 'kimg' ? formatKimg(value) : formatCount(value);
  if (total <= 0) return unit === 'steps' && done === 0 ? 'working' : show(done);
  const end = unit === 'bytes' || unit === 'kimg' ? show(total) : `${show(total)} ${unit}`;
  return `${show(done)} of ${end}`;
}

function CurrentProgress() {
  const progress = useStudioState((state) => state.run.progress);
  const paused = useStudioState((state) => state.session === 'paused');
  if (!progress) return null;
  const aside = paused
    ? text('paused')
    : progress.secondsLeft !== null && progress.secondsLeft >= 1
      ? `about ${formatDuration(progress.secondsLeft)} left`
      : undefined;
  return (
    <ProgressBar
      label={progress.label}
      done={progress.done}
      total={progress.total}
      value={amount(progress)}
      aside={aside}
      still={paused}
    />
  );
}

function Place() {
  const session = useStudioState((state) => state.session);
  const phase = useStudioState((state) => state.run.phase);
  const latest = useStudioState((state) => state.run.latest);
  const moving = session === 'training' || session === 'preparing';
  return (
    <div className="flex min-w-0 flex-wrap items-baseline gap-x-3 gap-y-0.5">
      <h1 className="flex items-center gap-2 text-lg font-semibold">
        <span
          aria-hidden
          className={`size-2.5 rounded-full ${session === 'failed' ? 'bg-bad' : session === 'paused' ? 'bg-warn' : 'bg-accent'} ${moving ? 'breathe' : ''}`}
        />
        {stateWords[session]}
      </h1>
      <span className="text-sm text-muted">
        <span data-testid="phase" data-phase={phase ?? ''}>
          {phase ? phaseNames[phase] : 'Not begun'}
        </span>
        {latest && (
          <span className="numeric">
            {' '}
            · iteration <span data-testid="iteration">{formatCount(latest.iteration)}</span> · {formatKimg(latest.kimg)}
          </span>
        )}
      </span>
    </div>
  );
}

export function RunHeader({ actions }: { actions: ReactNode }) {
  return (
    <div
      data-testid="run-header"
      className="sticky top-0 z-20 border-b border-line bg-surface/95 backdrop-blur [@media(max-height:36rem)]:static"
    >
      <div className="mx-auto grid w-full max-w-[140rem] gap-3 px-4 py-3 max-sm:gap-2 max-sm:py-2 sm:px-6">
        <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 max-sm:gap-y-2">
          <Place />
          {/* One row on a phone, too, but for the narrowest: buttons that have words go without their icons there. */}
          <div className="flex gap-2 max-sm:w-full max-sm:gap-1 max-[22rem]:flex-wrap max-sm:*:flex-auto max-sm:*:px-1.5 max-sm:*:text-xs max-sm:[&>button:not([aria-label])>svg]:hidden">
            {actions}
          </div>
        </div>
        <div className="grid items-end gap-x-8 gap-y-3 min-[88rem]:grid-cols-[auto_minmax(0,1fr)]">
          {/* On a phone the line above names the phase, and the height is the samples'. */}
          <div className="max-sm:hidden">
            <PhaseStepper />
          </div>
          <CurrentProgress />
        </div>
      </div>
    </div>
  );
}
