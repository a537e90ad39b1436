/** The phases of a run in order, each waiting, under way or done. */
import { Check } from 'lucide-react';
import { phaseIds } from '../../session/protocol/events';
import { phaseNames, type PhaseStatus } from '../../state/runState';
import { useStudioState } from '../../state/studioContext';
import { text } from '../../shared/text';

const words: Record<PhaseStatus, string> = {
  waiting: text('waiting'),
  active: 'under way',
  done: text('done'),
};
const halted = 'halted here';
const marks: Record<PhaseStatus, string> = {
  waiting: 'border-line-strong text-muted',
  active: 'border-accent text-accent',
  done: 'border-accent bg-accent text-accent-ink',
};

export function PhaseStepper() {
  const phases = useStudioState((state) => state.run.phases);
  const working = useStudioState((state) => state.session === 'preparing' || state.session === 'training');
  return (
    <ol aria-label="Phases of the run" className="flex flex-wrap gap-x-1 gap-y-1 max-sm:hidden">
      {phaseIds.map((phase, i) => {
        const status = phases[phase];
        return (
          <li key={phase} aria-current={status === 'active' ? 'step' : undefined} className="flex items-center gap-1">
            {i > 0 && (
              <span
                aria-hidden
                className={`hidden h-px w-3 sm:block xl:w-5 ${status === 'waiting' ? 'bg-line' : 'bg-accent'}`}
              />
            )}
            <span
              className={`flex items-center gap-1.5 rounded-full py-0.5 pe-1.5 text-xs ${status === 'active' ? 'font-semibold' : ''} ${status === 'waiting' ? 'text-muted' : ''}`}
            >
              <span
                aria-hidden
                className={`grid size-4 place-items-center rounded-full border text-[0.625rem] font-semibold ${marks[status]}`}
              >
                {status === 'done' ? (
                  <Check className="size-3" />
                ) : (
                  <span
                    className={
                      status === 'active' && working
                        ? 'breathe size-1.5 rounded-full bg-current'
                        : 'size-1.5 rounded-full'
                    }
                  />
                )}
              </span>
              <span>{phaseNames[phase]}</span>
              <span className="sr-only">, {status === 'active' && !working ? halted : words[status]}</span>
            </span>
          </li>
        );
      })}
    </ol>
  );
}
