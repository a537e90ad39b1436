/**
 * The judges that a person may choose from, as they stand to the CLIP of the run: the run's own CLIP is offered as what
 * it is, once, and what only shares its schooling says so.
 */
import { standingOf, type Eyes, type Standing } from '../../session/evaluation/standing';
import type { ClipChoice, EvaluationChoice } from '../../state/ports';

export interface Judge extends Standing {
  network: EvaluationChoice;
}

/** The CLIP that the run was started with, where it is a listed one; null for files of the user's own. */
export function eyesOf(
  clip: { kind: string; id?: string },
  models: readonly Pick<ClipChoice, 'id' | 'hash' | 'trainedOn'>[],
): Eyes | null {
  return (clip.kind === 'manifest' && models.find(({ id }) => id === clip.id)) || null;
}

/** The listed judges that are here and had no part in training, in the list's order. */
export function judgesFor(networks: readonly EvaluationChoice[], clip: Eyes | null): Judge[] {
  return networks
    .filter(({ available }) => available)
    .map((network) => ({ network, ...standingOf(network, clip) }))
    .filter(({ independent }) => independent);
}
