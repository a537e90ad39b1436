/** What a person sees of each cluster, gathered from partition, conditions and, once they are learnt, prompts. */
import type { WordIndex } from '../../clip/words';
import { clusterWords, type PictureWords } from '../../lcp/partition/clusterWords';
import type { WordFeatures } from '../../lcp/partition/wordDirections';
import { clusterShares, exemplars } from '../../lcp/partition/exemplars';
import { imageCentroids } from '../../lcp/partition/imageCentroids';
import { rowCosines } from '../../shared/linearAlgebra';
import type { Conditions } from '../../lcp/partition/conditions';
import type { Partition } from '../../lcp/partition/softPartition';
import type { ClusterCard, NearestWord } from '../../shared/domain';
import { imageIndex, slotIndex } from '../../shared/indices';
import { promptHistory, type EarlierPrompts } from './promptHistory';

const EXEMPLARS = 8;
const WORDS = 3;

/** The learnt side of a card. */
export interface PromptView {
  /** V, [S, M, w]. */
  context: Float32Array;
  contextLength: number;
  /** Unit text features, [S, d]. */
  features: Float32Array;
  words: WordIndex;
}

export interface ClusterView {
  features: Float32Array;
  d: number;
  classes: readonly string[];
  labels: Int32Array;
  probabilities: Float32Array;
  trust: Float32Array;
  partition: Partition;
  conditions: Conditions;
  /** `clusterSpreads`. */
  spreads: readonly (number | null)[];
  /** What the pictures say in words; null without a text tower. */
  words: { vocabulary: WordFeatures; pictures: PictureWords[] } | null;
}

/** When prompts are learnt, and what they were before. */
export interface LearntWhen {
  iteration: number;
  earlier: EarlierPrompts | null;
}

export function clusterCards(
  view: ClusterView,
  prompts: PromptView | null,
  { iteration, earlier }: LearntWhen,
): ClusterCard[] {
  const { features, d, partition, conditions, trust, probabilities, labels, classes } = view;
  const { slots, slotsOfClass, memberships } = partition;
  const words =
    view.words &&
    clusterWords(
      view.words.pictures,
      { d, slotsOfClass, vocabulary: view.words.vocabulary },
      prompts?.features ?? null,
    );
  const centres = imageCentroids({ features, d, u: conditions.u, trust, slotsOfClass });
  const shown = exemplars({
    features,
    d,
    slotsOfClass,
    memberships,
    probabilities,
    labels,
    trust,
    centres,
    count: EXEMPLARS,
  });
  const shares = clusterShares(conditions.u, trust);
  const cosines = prompts && rowCosines(prompts.features, centres, d);
  const context = prompts && contextWords(prompts);
  return slots.map((slot, s) => {
    const said = { context: context?.[s] ?? [], words: words?.[s] ?? null };
    return {
      ...slot,
      slot: slotIndex(slot.slot),
      className: classes[slot.classIndex] ?? '',
      share: shares[s] ?? 0,
      spread: view.spreads[s] ?? null,
      exemplars: (shown[s] ?? []).map(imageIndex),
      ...said,
      promptCosine: cosines?.[s] ?? null,
      history: prompts
        ? promptHistory(said, s, prompts.features, d, iteration, earlier)
        : [...(earlier?.histories[s] ?? [])],
    };
  });
}

/** Nearest words of each slot's M vectors, [S][M]. */
function contextWords({ context, contextLength, words }: PromptView): NearestWord[][][] {
  const all = words.nearestWords(context, WORDS);
  return Array.from({ length: all.length / contextLength }, (_, s) =>
    all.slice(s * contextLength, (s + 1) * contextLength),
  );
}
