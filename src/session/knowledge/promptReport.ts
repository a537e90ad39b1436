/**
 * What the learnt prompts are worth, to the page and to the health checks. Some trusted pictures are held back from
 * their training for it; which ones follows from labels, trust and the seed, so that a run taken up later judges by the
 * same.
 */
import { checkPrompts } from '../../lcp/health/promptHealth';
import type { PromptTargetSource } from '../../lcp/prompts/promptLoss';
import { chooseHeldBack, judgePrompts } from '../../lcp/prompts/promptQuality';
import type { RunConfig } from '../../shared/config';
import type { PromptQuality } from '../../shared/domain';
import type { OpenClip } from '../clip/openClip';
import type { HealthBoard } from '../health/healthBoard';
import type { EventPort } from '../ports';
import type { ImportedDataset } from '../run/importDataset';
import { classRows } from './classPrompts';
import type { LabelInference } from '../../lcp/labels/labelInference';
import type { Partition } from '../../lcp/partition/softPartition';
import type { LearntPrompts } from './learnPrompts';
import { strongestClasses } from './strongestClasses';

export interface PromptReportInput {
  ports: EventPort;
  board: HealthBoard;
  config: RunConfig;
  dataset: ImportedDataset;
  clip: { model: Pick<OpenClip['model'], 'dim' | 'logitScale'> };
}

/** What is known of the pictures, as far as it matters here. */
export interface Judged {
  /** Unit image features, [N, d]. */
  features: Float32Array;
  inference: LabelInference;
  partition: Partition;
  /** Null where none were learnt. */
  prompts: LearntPrompts | null;
  /** m, unit rows, [S, d]. */
  promptFeatures: Float32Array;
}

export function showPrompts(input: PromptReportInput, knowledge: Judged): void {
  const quality = knowledge.prompts && judge(input, knowledge);
  input.ports.emit({ type: 'prompts', quality });
  input.board.set(checkPrompts(quality));
}

/** The pictures that prompts learn from: those held back enter no loss. */
export function withoutHeldBack<T extends Pick<PromptTargetSource, 'classIndex'> & { trust: Float32Array }>(
  source: T,
  labels: Int32Array,
  seed: number,
): T {
  const trust = source.trust.slice();
  for (const image of chooseHeldBack({ ...source, labels }, seed)) trust[image] = 0;
  return { ...source, trust };
}

/** Pictures that prompts learnt from this inference have not trained on. */
export function heldBackPictures(
  dataset: Pick<ImportedDataset, 'labels' | 'summary'>,
  { probabilities, trust }: Pick<Judged['inference'], 'probabilities' | 'trust'>,
  seed: number,
): Uint32Array {
  const classIndex = strongestClasses(dataset, probabilities);
  return chooseHeldBack({ labels: dataset.labels, trust, classIndex }, seed);
}

/** What the prompts are worth, by the pictures that were held back from them. */
export function judge(
  { dataset, clip, config }: Pick<PromptReportInput, 'dataset' | 'clip' | 'config'>,
  { features, inference, partition, promptFeatures }: Judged,
): PromptQuality {
  const { dim, logitScale } = clip.model;
  const { labels } = dataset;
  const { probabilities, trust, summary } = inference;
  const known = { labels, trust, classIndex: strongestClasses(dataset, probabilities) };
  const { slots, slotsOfClass, memberships } = partition;
  // Where all clusters of a class share its prompt, there is one prompt a class to judge.
  const prompts =
    config.ablation.prompts === 'classes'
      ? {
          prompts: classRows(promptFeatures, slotsOfClass, dim),
          slots: slotsOfClass.map((_, c) => ({ slot: c, classIndex: c, cluster: 0 })),
          slotsOfClass: slotsOfClass.map((_, c) => [c]),
        }
      : { prompts: promptFeatures, slots, slotsOfClass };
  return judgePrompts({
    ...known,
    ...prompts,
    features,
    d: dim,
    memberships,
    logitScale,
    heldBack: chooseHeldBack(known, config.seed),
    probe: summary.crossValidatedAccuracy,
  });
}
