/**
 * The judges that a person may choose from, as they stand to the CLIP of the run: the run's own CLIP is offered as what
 * it is, once, and what only shares its schooling says so.
 */
import { standingOf, type Eyes, type RunEyes, type Standing } from '../../session/evaluation/standing';
import type { ClipChoice, EvaluationChoice } from '../../state/ports';

export interface Judge extends Standing {
  network: EvaluationChoice;
}

/**
 * The CLIPs of a run, where they are listed ones; null for files of the user's own.
 * @param clip what it was started with
 * @param critic what judges its samples; null where that is `clip`
 * @param parts whether heads look into `clip`
 */
export function eyesOf(
  clip: { kind: string; id?: string },
  critic: { id: string } | null,
  models: readonly Pick<ClipChoice, 'id' | 'hash' | 'trainedOn'>[],
  parts: boolean,
): RunEyes | null {
  const listed = (wanted: string | undefined): Eyes | undefined => models.find(({ id }) => id === wanted);
  const eyes = clip.kind === 'manifest' ? listed(clip.id) : undefined;
  return eyes ? { clip: eyes, critic: critic ? listed(critic.id) : undefined, parts } : null;
}

/** The listed judges that are here and had no part in training, in the list's order. */
export function judgesFor(networks: readonly EvaluationChoice[], run: RunEyes | null): Judge[] {
  return networks
    .filter(({ available }) => available)
    .map((network) => ({ network, ...standingOf(network, run) }))
    .filter(({ independent }) => independent);
}
