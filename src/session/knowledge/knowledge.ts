/**
 * What a run knows about its pictures before the networks start (docs/method.md, sections 0 to 3): features, inferred
 * labels, soft partition, learnt prompts, and the conditions that follow from them. Labels, partition and prompts are
 * gone through a second time with labels that the prompts infer, if the prompts recognise the labeled pictures at least
 * as well as the first inference recognised held-out ones. (With clip-nano on the sample they do not: replacing labels
 * regardless would do harm. `npm run train -- --data DIR --truth FILE` shows it.)
 */
import { SparseRows } from '../../lcp/partition/sparseRows';
import { buildConditions, type Conditions } from '../../lcp/partition/conditions';
import { inferLabelsInSlices, type LabelInference } from '../../lcp/labels/labelInference';
import { inferAmong, withoutIgnored } from '../../lcp/labels/ignoredPictures';
import { relabelFromPromptsInSlices } from '../../lcp/prompts/promptRelabel';
import { clusterSpreads } from '../../lcp/partition/clusterSpread';
import { pictureWordsInParts } from '../../lcp/partition/clusterWords';
import { imageCentroids } from '../../lcp/partition/imageCentroids';
import { editedPartition, editsAfter, noEdits, reshapes, type ClusterEdits } from '../../lcp/partition/clusterEdits';
import { partitionClassesInSlices, type Partition, type PartitionInput } from '../../lcp/partition/softPartition';
import { UNLABELED, type ClusterCard } from '../../shared/domain';
import { checkDataSize, checkPseudoLabels, percent } from '../../lcp/health/health';
import type { RunConfig } from '../../shared/config';
import { runInSlices } from '../../shared/cooperative';
import { StudioError } from '../../shared/errors';
import { classRows, classSource, overClusters } from './classPrompts';
import { KeptStages } from './keptStages';
import { clusterCards, type ClusterView } from './clusterCards';
import { earlierPrompts, promptPast, type EarlierPrompts, type PromptsThen } from './promptHistory';
import type { HealthBoard } from '../health/healthBoard';
import type { OpenClip } from '../clip/openClip';
import type { ImportedDataset } from '../run/importDataset';
import { strongestClasses } from './strongestClasses';
import { heldBackPictures, showPrompts, withoutHeldBack, type PromptReportInput } from './promptReport';
import { learnPrompts, type LearntPrompts } from './learnPrompts';
import type { EventPort, StorePort } from '../ports';
import { readVocabulary } from './vocabularyFeatures';
import { ProgressMeter } from '../run/progressMeter';
import type { Gate } from '../run/runControl';

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
  /** Prompts as they were each time that they were learnt, oldest first; absent where none were. */
  promptPast?: PromptsThen[];
  /** What a person was last shown of each slot. */
  cards: ClusterCard[];
  /** How often that was shown: the number of its next showing. */
  revision: number;
  /** What a person wants of the clusters; absent where nothing was ever wanted. */
  edits?: ClusterEdits;
}

/** What a refresh gives. */
export interface Refreshed {
  knowledge: Knowledge;
  /** For each slot the slots before that it comes of; null where every slot is its own. */
  origins: number[][] | null;
}

export interface KnowledgeInput {
  ports: EventPort & StorePort;
  control: Gate;
  board: HealthBoard;
  config: RunConfig;
  dataset: ImportedDataset;
  clip: OpenClip;
  features: Float32Array;
  /** Unit text features of the class names, [C, d], or null. */
  classFeatures: Float32Array | null;
  /** Of the networks; 0 before training. */
  iteration: number;
  /** Where results of earlier runs are found; absent where all is computed. */
  kept?: KeptStages;
}

/**
 * What there is to know before training; what an earlier run found out about the same pictures is taken over.
 * @throws StudioError 'config-invalid' where pictures of another resolution were read; what label inference and
 * partition throw
 */
export async function gatherKnowledge(input: KnowledgeInput): Promise<Knowledge> {
  checkResolution(input);
  const kept = new KeptStages(input);
  const knowledge = await gather({ ...input, kept });
  kept.tell();
  return knowledge;
}

async function gather(input: KnowledgeInput): Promise<Knowledge> {
  const first = await firstInference(input);
  warn(input, first);
  const once = await learn(input, {
    known: first,
    partition: await divide(input, first),
    label: 'Learning a prompt for each cluster',
    revision: 0,
  });
  // Where no label is missing, prompts can replace none, and going through it all again would change nothing.
  if (!once.prompts || !input.dataset.labels.includes(UNLABELED) || input.config.ablation.labeledOnly) return once;
  const second = await secondInference(input, first, once.prompts, once.partition.slotsOfClass);
  if (!second) return once;
  const partition = await divide(input, second, { previous: once.partition });
  return learn(input, {
    known: second,
    partition,
    label: 'Learning the prompts again, with better labels',
    revision: once.revision,
  });
}

/**
 * Sections 1 to 3 gone through once more while the networks train (docs/method.md, section 3): labels from the prompts
 * where these are no worse than the first ones, clusters under their old numbers and as many as before, since the
 * networks have a place for each, and prompts learnt on from where they stand.
 * @param relabel labels were changed since: what does not follow from the prompts is inferred anew, too
 * @returns null where a class no longer has as many trusted pictures as clusters: what is known stays then
 */
export async function refreshKnowledge(
  input: KnowledgeInput,
  present: Knowledge,
  { relabel = false } = {},
): Promise<Refreshed | null> {
  const { slotsOfClass } = present.partition;
  const base = relabel ? await firstInference(input) : present.inference;
  const relabels = present.prompts && input.dataset.labels.includes(UNLABELED) && !input.config.ablation.labeledOnly;
  const known =
    (relabels && present.prompts ? await secondInference(input, base, present.prompts, slotsOfClass) : null) ?? base;
  const { edits = noEdits } = present;
  const edited = editedPartition(present.partition, edits, input.features);
  const counts = edited.previous.slotsOfClass.map((slots) => slots.length);
  const partition = await divide(input, known, { counts, ...edited });
  if (partition.slotsOfClass.some((slots, c) => slots.length !== counts[c])) {
    present.edits = { ...noEdits, names: edits.names, locked: edits.locked };
    if (reshapes(edits)) tellKept(input.ports);
    return null;
  }
  const origins = partition.slots.map(({ slot }) => edited.origins[partition.continued?.[slot] ?? slot] ?? []);
  const moved = moveEdits(input.ports, present, origins);
  const knowledge = await learn(input, {
    known,
    partition,
    onFirstCards: moved.begin,
    label: 'Learning on with the prompts',
    revision: present.revision,
    from: present.prompts && followed(present.prompts, origins),
    earlier: present.prompts && earlierPrompts(present.cards, present.promptFeatures, input.clip.model.dim, origins),
    past: present.promptPast,
  }).catch(moved.undo);
  knowledge.edits = present.edits ?? noEdits;
  return { knowledge, origins: reshapes(edits) ? origins : null };
}

/**
 * From the first cards on, wishes go by the slots that these show: what a person wants while prompts are still learnt is
 * meant for them. Where that comes to no end, the old ones stay.
 */
function moveEdits(
  ports: EventPort,
  present: Knowledge,
  origins: readonly (readonly number[])[],
): { begin: () => void; undo: (error: unknown) => never } {
  let before: ClusterEdits | null = null;
  const set = (next: ClusterEdits): void => {
    present.edits = next;
    ports.emit({ type: 'clusterEdits', edits: next });
  };
  return {
    begin: () => {
      before = present.edits ?? noEdits;
      set(editsAfter(before, origins));
    },
    undo: (error) => {
      if (before) set(before);
      throw error;
    },
  };
}

function tellKept(ports: EventPort): void {
  const text =
    'The clusters stay as they are: a class has fewer pictures that can be trusted than clusters were wanted.';
  const action = 'Ask for fewer clusters, or label more pictures of the class.';
  ports.emit({ type: 'notice', tone: 'warning', code: 'clusters-kept', text, action });
}

/** Prompts to learn on from, each that of the first slot that its own comes of. */
function followed(prompts: LearntPrompts, origins: readonly (readonly number[])[]): LearntPrompts {
  const size = prompts.contextLength * prompts.width;
  const context = new Float32Array(origins.length * size);
  origins.forEach(([from = 0], slot) =>
    context.set(prompts.context.subarray(from * size, (from + 1) * size), slot * size),
  );
  return { ...prompts, context };
}

/** Shows once more what is known, as it was last shown. */
export function showKnowledge(input: PromptReportInput, knowledge: Knowledge): void {
  const { inference, cards, revision } = knowledge;
  warn(input, inference);
  showLabels(input, inference);
  showPrompts(input, knowledge);
  input.ports.emit({ type: 'clusters', revision: revision - 1, cards });
  if (knowledge.edits) input.ports.emit({ type: 'clusterEdits', edits: knowledge.edits });
}

interface Lesson {
  known: LabelInference;
  partition: Partition;
  label: string;
  /** Of the cards shown next. */
  revision: number;
  /** Called right before the first cards are shown. */
  onFirstCards?: () => void;
  /** Prompts to learn on from; none starts anew. */
  from?: LearntPrompts | null;
  /** What the prompts were before, for their history. */
  earlier?: EarlierPrompts | null;
  past?: readonly PromptsThen[] | undefined;
}

function checkResolution({ config, dataset }: KnowledgeInput): void {
  const { resolution } = dataset.summary;
  if (resolution === config.resolution) return;
  throw new StudioError({
    code: 'config-invalid',
    what: `The pictures were read at ${resolution} × ${resolution} pixels, but the run is to draw ${config.resolution} × ${config.resolution}.`,
    why: 'The resolution was changed after they had been read.',
    action: 'Wait until the pictures have been read again, or open them anew, then start.',
  });
}

/** Prompts for the labels and the partition as they are known; the cards are shown whenever they change. */
async function learn(
  input: KnowledgeInput,
  { known, partition, label, revision: shown, onFirstCards, from = null, earlier = null, past = [] }: Lesson,
): Promise<Knowledge> {
  const { config, dataset, clip, features, iteration } = input;
  const when = { iteration, earlier };
  let revision = shown;
  const show = (cards: ClusterCard[]): void => input.ports.emit({ type: 'clusters', revision: revision++, cards });
  const conditions = buildConditions(
    partition,
    known.probabilities,
    dataset.labels,
    known.trust,
    config.ablation.conditions,
  );
  const view = await viewOf(input, known, partition, conditions);
  let cards = clusterCards(view, null, when);
  onFirstCards?.();
  show(cards);
  const shared = { features, inference: known, partition, conditions };
  if (!clip.text || config.ablation.prompts === 'imageCentroids') {
    const promptFeatures = imageCentroids({
      features,
      d: clip.model.dim,
      u: conditions.u,
      trust: known.trust,
      slotsOfClass: partition.slotsOfClass,
    });
    const knowledge = { ...shared, prompts: null, promptFeatures, cards, revision };
    showPrompts(input, knowledge);
    return knowledge;
  }
  const classCount = dataset.summary.classes.length;
  const source = {
    classIndex: strongestClasses(dataset, known.probabilities),
    trust: known.trust,
    memberships: partition.memberships,
    slots: partition.slots,
  };
  const perClass = config.ablation.prompts === 'classes';
  const taught = withoutHeldBack(source, dataset.labels, config.seed);
  const learnt = await learnPrompts({
    ...input,
    text: clip.text,
    source: perClass ? classSource(taught, classCount) : taught,
    label,
    from:
      from &&
      (perClass ? classRows(from.context, partition.slotsOfClass, from.contextLength * from.width) : from.context),
    onShow: (promptView) => {
      cards = clusterCards(view, perClass ? overClusters(promptView, partition.slots, classCount) : promptView, when);
      show(cards);
    },
  });
  const prompts = perClass ? overClusters(learnt, partition.slots, classCount) : learnt;
  const { features: promptFeatures } = prompts;
  const knowledge = {
    ...shared,
    prompts,
    promptFeatures,
    promptPast: promptPast(past, { iteration, features: promptFeatures }),
    cards,
    revision,
  };
  showPrompts(input, knowledge);
  return knowledge;
}

/** What the labels and the size of the data set give reason to say. */
function warn({ board, dataset }: Pick<KnowledgeInput, 'board' | 'dataset'>, { summary }: LabelInference): void {
  board.set(checkDataSize(dataset.summary.imageCount, dataset.summary.classes.length));
  board.set(checkPseudoLabels(summary));
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
  const all = {
    features,
    d: clip.model.dim,
    labels: dataset.labels,
    classCount: classes.length,
    textFeatures: classFeatures,
    logitScale: clip.model.logitScale,
    seed: config.seed,
    useUnlabeled: !config.ablation.labeledOnly,
    classNames: classes,
  };
  const ignored = dataset.ignored ?? null;
  const infer = (): Promise<LabelInference> =>
    inferAmong(all, ignored, (kept) => inferLabelsInSlices(kept, { onProgress }));
  const { features: _, ...read } = all;
  const inference = await (input.kept?.recall('labels', { ...read, ignored }, infer) ?? infer());
  onProgress(1);
  const used = config.ablation.labeledOnly ? withoutInferred(inference, dataset.labels) : inference;
  showLabels(input, used);
  return used;
}

/** No inferred label is trusted: unlabeled pictures enter no loss, cluster or prompt. */
function withoutInferred(inference: LabelInference, labels: Int32Array): LabelInference {
  const { summary } = inference;
  const trust = inference.trust.map((w, image) => (labels[image] === UNLABELED ? 0 : w));
  const counts = {
    trusted: 0,
    untrusted: summary.trusted + summary.untrusted,
    inferredPerClass: summary.inferredPerClass.map(() => 0),
  };
  return { ...inference, trust, summary: { ...summary, ...counts } };
}

/** The prompts' labels, or null where they are worse than those that are there. */
async function secondInference(
  input: KnowledgeInput,
  first: LabelInference,
  prompts: LearntPrompts,
  slotsOfClass: number[][],
): Promise<LabelInference | null> {
  await input.control.gate();
  const { dataset, clip, features, ports } = input;
  const onProgress = progress(input, 'labels', 'Inferring labels from the prompts');
  const perClass = input.config.ablation.prompts === 'classes';
  const recognition = perClass
    ? {
        promptFeatures: classRows(prompts.features, slotsOfClass, clip.model.dim),
        slotsOfClass: slotsOfClass.map((_, c) => [c]),
      }
    : { promptFeatures: prompts.features, slotsOfClass };
  const relabeling = await relabelFromPromptsInSlices(
    {
      features,
      d: clip.model.dim,
      labels: dataset.labels,
      ...recognition,
      logitScale: clip.model.logitScale,
      heldBack: heldBackPictures(dataset, first, input.config.seed),
      summary: first.summary,
    },
    { onProgress },
  );
  const inference = withoutIgnored(relabeling, dataset.ignored ?? null);
  const before = first.summary.crossValidatedAccuracy;
  if (before !== null && inference.labeledAccuracy < before) {
    const which = inference.onHeldBack ? 'labeled pictures held back from them' : 'labeled pictures';
    const text = `The learnt prompts recognise ${percent(inference.labeledAccuracy)} of the ${which}, the first inference ${percent(before)}: its labels stay.`;
    ports.emit({ type: 'notice', tone: 'info', code: 'labels-kept', text, action: '' });
    return null;
  }
  showLabels(input, inference);
  return inference;
}

function showLabels(
  input: Pick<KnowledgeInput, 'dataset'> & { ports: EventPort },
  { summary, trust, probabilities }: LabelInference,
): void {
  const inferred = strongestClasses(input.dataset, probabilities);
  input.ports.emit({ type: 'labels', summary, inferred, trust: trust.slice() });
}

/** An earlier partition to go on from. `counts`: clusters of each class; default as the configuration says. */
interface Earlier extends Pick<PartitionInput, 'previous' | 'held' | 'steered'> {
  counts?: readonly number[];
}

async function divide(
  input: KnowledgeInput,
  known: LabelInference,
  { previous = null, counts, held, steered }: Earlier = {},
): Promise<Partition> {
  await input.control.gate();
  const { dataset, clip, config, features } = input;
  const onProgress = progress(input, 'partition', 'Dividing classes into clusters');
  const { imagesPerCluster, maxClusters, clustersPerClass } = config.partition;
  const read = {
    d: clip.model.dim,
    classCount: dataset.summary.classes.length,
    probabilities: known.probabilities,
    trust: known.trust,
    labels: dataset.labels,
    imagesPerCluster,
    maxClusters,
    ...(counts ? { clustersPerClass: counts } : clustersPerClass > 0 ? { clustersPerClass } : {}),
    seed: config.seed,
    previous,
  };
  // Only while a run trains: of that nothing is kept.
  const steering = { ...(held ? { held } : {}), ...(steered ? { steered } : {}) };
  const found = (): Promise<Partition> => partitionClassesInSlices({ features, ...read, ...steering }, { onProgress });
  if (!input.kept) return found();
  const plain = await input.kept.recall('clusters', read, async () => {
    const partition = await found();
    return { ...partition, memberships: partition.memberships.plain };
  });
  onProgress(1);
  return { ...plain, memberships: SparseRows.of(plain.memberships) };
}

async function viewOf(
  { ports, control, dataset, clip, features }: KnowledgeInput,
  known: LabelInference,
  partition: Partition,
  conditions: Conditions,
): Promise<ClusterView> {
  const { labels, summary } = dataset;
  const vocabulary = await readVocabulary(ports, clip, control);
  const { slotsOfClass } = partition;
  const { u } = conditions;
  const { trust } = known;
  const d = clip.model.dim;
  const classNames = summary.classes;
  const pictures =
    vocabulary &&
    (await runInSlices(pictureWordsInParts({ features, d, slotsOfClass, u, trust, vocabulary, classNames })));
  return {
    features,
    d,
    classes: classNames,
    labels,
    probabilities: known.probabilities,
    trust,
    partition,
    conditions,
    spreads: clusterSpreads({ features, d, u, trust }),
    words: vocabulary && pictures && { vocabulary, pictures },
  };
}
