/** What a run says of its course in words: what it went on from, what was lost, what is not there yet. */
import { StudioError } from '../../shared/errors';
import type { EventPort } from '../ports';

const count = (value: number): string => value.toLocaleString('en');

/** The run of an earlier process goes on. */
export function tellResumed(ports: EventPort, iteration: number): void {
  const text = `The run goes on at iteration ${count(iteration)}, where it was last saved.`;
  ports.emit({ type: 'notice', tone: 'info', code: 'run-resumed', text, action: '' });
}

/**
 * A lost GPU has been replaced. @param training the iteration it was lost at, and the one that training goes on from;
 * null while the run was still being prepared
 */
export function tellRestored(ports: EventPort, training: { lostAt: number; iteration: number } | null): void {
  ports.emit({
    type: 'notice',
    tone: 'warning',
    code: 'gpu-restored',
    text: `The GPU was lost ${training ? repeats(training) : 'while the run was being prepared and has been restored; the phase it was in begins again.'}`,
    action:
      'Nothing needs doing. If it happens often, choose a smaller batch, and close other programs that use the GPU.',
  });
}

function repeats({ lostAt, iteration }: { lostAt: number; iteration: number }): string {
  const repeated = lostAt - iteration;
  const again = repeated === 1 ? '1 iteration is' : `${count(repeated)} iterations are`;
  return `at iteration ${count(lostAt)} and has been restored; ${again} repeated.`;
}

/** Asked for before there are networks, or while there are none. */
export function noNetworks(begun: boolean, task: 'export' | 'measure' | 'draw'): StudioError {
  const why = begun ? 'The GPU was lost and is being replaced.' : 'The networks exist from the first iteration on.';
  return new StudioError({
    code: 'protocol',
    what: `There is nothing to ${task} yet.`,
    why,
    action: `Wait until training goes on, then ${task}.`,
  });
}
