/**
 * What a run knows about its pictures before the networks start (algorithm.md, sections 0 to 3): features, inferred labels, soft partition, learnt
 * prompts, and the conditions that follow from them. Labels, partition and prompts are gone through twice: the second time, the prompts
 * of the first infer the labels.
 */
import { buildConditions, consideredClasses, type Conditions } from '../lcp/conditions';
import { inferLabelsInSlices, type LabelInference } from '../lcp/labelInference';
import { relabelFromPromptsInSlices } from '../lcp/promptRelabel';
import { imageCentroids } from '../lcp/imageCentroids';
import { partitionClassesInSlices, type Partition } from '../lcp/softPartition';
import { UNLABELED } from '../shared/domain';
import type { RunConfig } from '../shared/config';
import { clusterCards, type ClusterView, type PromptView } from './clusterCards';
import type { OpenClip } from './openClip';
import type { ImportedDataset } from './importDataset';
import { learnPrompts, type LearntPrompts } from './learnPrompts';
import type { SessionPorts } from './ports';
import { ProgressMeter } from './progressMeter';
import type { RunControl } from './runControl';

export interface Knowledge {
  /** Unit image features, [N, d]. */
  features: Float32Array;
  inference: LabelInference;
  partition: Partition;
  conditions: Conditions;
  /** Null without a text tower: prompt features are then image centroids. */
  prompts: LearntPrompts | null;
  /** m, unit rows, [S, d]. */
  promptFeatures: Float32Array;
}

export interface KnowledgeInput {
  ports: SessionPorts;
  control: RunControl;
  config: RunConfig;
  dataset: ImportedDataset;
  clip: OpenClip;
  features: Float32Array;
  /** Unit text features of the class names, [C, d], or null. */
  classFeatures: Float32Array | null;
}

/** Times that labels, partition and prompts are gone through. */
const ROUNDS = 2;

export async function gatherKnowledge(input: KnowledgeInput): Promise<Knowledge> {
  let known = await firstInference(input);
  let partition: Partition | null = null;
  let prompts: LearntPrompts | null = null;
  let revision = 0;
  for (let round = 1; ; round += 1) {
    partition = await divide(input, known, partition);
    const conditions = buildConditions(partition, known.probabilities, input.dataset.labels, known.trust);
    const view = viewOf(input, known, partition, conditions);
    showClusters(input, view, null, ++revision);
    const slotsOfClass = partition.slotsOfClass;
    if (!input.clip.text) {
      const promptFeatures = imageCentroids({ features: input.features, d: input.clip.model.dim, u: conditions.u, trust: known.trust, slotsOfClass });
      return { features: input.features, inference: known, partition, conditions, prompts: null, promptFeatures };
    }
    const classIndex = strongestClasses(input, known);
    prompts = await learnPrompts({
      ...input,
      text: input.clip.text,
      source: { classIndex, trust: known.trust, memberships: partition.memberships, slots: partition.slots },
      label: round === 1 ? 'Learning a prompt for each cluster' : 'Learning the prompts again, with better labels',
      onEpoch: (promptView) => showClusters(input, view, promptView, ++revision),
    });
    if (round === ROUNDS) {
      return { features: input.features, inference: known, partition, conditions, prompts, promptFeatures: prompts.features };
    }
    known = await secondInference(input, known, prompts, slotsOfClass);
  }
}

function progress(input: KnowledgeInput, phase: 'labels' | 'partition', label: string): (fraction: number) => void {
  const meter = new ProgressMeter({ phase, label, unit: 'steps', total: 100 }, input.ports.emit);
  return (fraction) => meter.update(Math.round(100 * fraction));
}

async function firstInference(input: KnowledgeInput): Promise<LabelInference> {
  await input.control.gate();
  const { dataset, clip, config, features, classFeatures } = input;
  const { classes } = dataset.summary;
  const onProgress = progress(input, 'labels', 'Inferring the missing labels');
  const inference = await inferLabelsInSlices(
    { features, d: clip.model.dim, labels: dataset.labels, classCount: classes.length, textFeatures: classFeatures, logitScale: clip.model.logitScale, seed: config.seed, classNames: classes },
    { onProgress },
  );
  showLabels(input, inference);
  return inference;
}

async function secondInference(input: KnowledgeInput, first: LabelInference, prompts: LearntPrompts, slotsOfClass: number[][]): Promise<LabelInference> {
  await input.control.gate();
  const { dataset, clip, features } = input;
  const onProgress = progress(input, 'labels', 'Inferring labels from the prompts');
  const inference = await relabelFromPromptsInSlices(
    { features, d: clip.model.dim, labels: dataset.labels, promptFeatures: prompts.features, slotsOfClass, logitScale: clip.model.logitScale, summary: first.summary },
    { onProgress },
  );
  showLabels(input, inference);
  return inference;
}

function showLabels(input: KnowledgeInput, { summary, trust, probabilities }: LabelInference): void {
  const inferred = strongestClasses(input, { probabilities });
  input.ports.emit({ type: 'labels', summary, inferred, trust: trust.slice() });
}

/** y: the label, or the most likely class. [N] */
function strongestClasses({ dataset }: KnowledgeInput, { probabilities }: Pick<LabelInference, 'probabilities'>): Int32Array<ArrayBuffer> {
  const classCount = dataset.summary.classes.length;
  return Int32Array.from(dataset.labels, (label, image) => (label === UNLABELED ? (consideredClasses(probabilities, label, image, classCount)[0] ?? 0) : label));
}

async function divide(input: KnowledgeInput, known: LabelInference, previous: Partition | null): Promise<Partition> {
  await input.control.gate();
  const { dataset, clip, config, features } = input;
  const onProgress = progress(input, 'partition', 'Dividing classes into clusters');
  const { imagesPerCluster, maxClusters } = config.partition;
  return partitionClassesInSlices(
    {
      features,
      d: clip.model.dim,
      classCount: dataset.summary.classes.length,
      probabilities: known.probabilities,
      trust: known.trust,
      labels: dataset.labels,
      imagesPerCluster,
      maxClusters,
      seed: config.seed,
      previous,
    },
    { onProgress },
  );
}

function viewOf({ dataset, clip, features }: KnowledgeInput, known: LabelInference, partition: Partition, conditions: Conditions): ClusterView {
  const { labels, summary } = dataset;
  return { features, d: clip.model.dim, classes: summary.classes, labels, probabilities: known.probabilities, trust: known.trust, partition, conditions };
}

function showClusters(input: KnowledgeInput, view: ClusterView, prompts: PromptView | null, revision: number): void {
  input.ports.emit({ type: 'clusters', revision, cards: clusterCards(view, prompts) });
}
