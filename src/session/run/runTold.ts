/** What a run says of its course in words: what it went on from, what was lost, what is not there yet. */
import { StudioError } from '../../shared/errors';
import { twoClips } from '../clip/twoClips';
import type { ClipModel } from '../../clip/model';
import type { EventPort } from '../ports';

const count = (value: number): string => value.toLocaleString('en');

type Named = Pick<ClipModel, 'id' | 'name'>;

/** What judges samples: another CLIP than the one that looks at the pictures, and why; or nobody else. */
export function tellCritic(ports: EventPort, eyes: Named, critic: Named): void {
  const { id, name } = critic;
  ports.emit({ type: 'critic', critic: id === eyes.id ? null : { id, name } });
  if (id === eyes.id) return;
  ports.emit({ type: 'notice', tone: 'info', code: 'two-clips', text: twoClips(eyes.name, name), action: '' });
}

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
