/** What a person sees of each cluster, gathered from partition, conditions and, once they are learnt, prompts. */
import type { WordIndex } from '../../clip/words';
import { clusterWords, type PictureWords, type WordFeatures } from '../../lcp/partition/clusterWords';
import { clusterShares, exemplars } from '../../lcp/partition/exemplars';
import { imageCentroids } from '../../lcp/partition/imageCentroids';
import { rowCosines } from '../../shared/linearAlgebra';
import type { Conditions } from '../../lcp/partition/conditions';
import type { Partition } from '../../lcp/partition/softPartition';
import type { ClusterCard, NearestWord } from '../../shared/domain';
import { imageIndex, slotIndex } from '../../shared/indices';

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
  /** What the pictures say in words; null without a text tower. */
  words: { vocabulary: WordFeatures; pictures: PictureWords[] } | null;
}

export function clusterCards(view: ClusterView, prompts: PromptView | null): ClusterCard[] {
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
  return slots.map((slot, s) => ({
    ...slot,
    slot: slotIndex(slot.slot),
    className: classes[slot.classIndex] ?? '',
    share: shares[s] ?? 0,
    exemplars: (shown[s] ?? []).map(imageIndex),
    context: context?.[s] ?? [],
    promptCosine: cosines?.[s] ?? null,
    words: words?.[s] ?? null,
  }));
}

/** Nearest words of each slot's M vectors, [S][M]. */
function contextWords({ context, contextLength, words }: PromptView): NearestWord[][][] {
  const all = words.nearestWords(context, WORDS);
  return Array.from({ length: all.length / contextLength }, (_, s) =>
    all.slice(s * contextLength, (s + 1) * contextLength),
  );
}
