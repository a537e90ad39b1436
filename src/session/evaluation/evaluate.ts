/**
 * Samples measured against reals, from outside the training loop: Frechet and kernel distance, precision, recall,
 * density and coverage, over all pictures and for each class and cluster; class accuracy by a classifier that is not
 * CLIP; and a search for copies of training pictures. `evaluateSamples` needs pictures alone, so it serves the page,
 * the command line and experiments alike.
 */
import { checkCopies } from '../../metrics/copies';
import type { FeatureNetwork, NetworkIdentity } from '../../metrics/featureNetwork';
import { frechetDistanceOf } from '../../metrics/frechet';
import { kernelDistance } from '../../metrics/kernelDistance';
import { manifold, type Manifold } from '../../metrics/manifold';
import { exactProducts, type Products } from '../../metrics/products';
import { standingOf, type RunEyes } from './standing';
import type { BlobStore } from '../../data/blobStore';
import { StudioError } from '../../shared/errors';
import { linearProbe, type ProbeResult } from './evaluateClassifier';
import { evaluationFeatures } from './evaluateFeatures';
import {
  samplesOfPublishedFigures,
  type DistanceEvaluation,
  type Evaluation,
  type GroupEvaluation,
} from './evaluation';

/** Pictures with what they show. */
export interface PictureSet {
  /** [n, size, size, 3] bytes, RGB. */
  pixels: Uint8Array;
  /** Class of each, -1 for unknown; reals: of those that people labeled. */
  labels: Int32Array;
  /** Class of each for the numbers by class, inferred ones included; default `labels`. */
  classes?: Int32Array | undefined;
  /** Slot of each (its condition's heaviest), -1 for none. */
  slots?: Int32Array | undefined;
}

export interface EvaluateInput {
  network: FeatureNetwork;
  /** The CLIPs of the run that is judged, if any: they tell whether the network is independent of it. */
  run?: RunEyes | null;
  size: number;
  reals: PictureSet;
  /** The samples, or how to draw them: called once with the number wanted. */
  samples: PictureSet | { count: number; generate: (count: number, seed: number) => Promise<PictureSet> };
  classNames: readonly string[];
  slotNames: readonly string[];
  seed: number;
  kimg?: number | null;
  /** Keeps the reals' features between calls. */
  store?: BlobStore | null;
  products?: Products;
  /** In words, and the fraction of the whole. */
  onProgress?: (label: string, fraction: number) => void;
  signal?: AbortSignal;
  /**
   * A judge of classes that needs no features, for want of an independent network: gets reals, their labels and
   * samples.
   */
  ownClassifier?: {
    name: string;
    judge: (reals: PictureSet, samples: PictureSet, onProgress: (share: number) => void) => Promise<ProbeResult | null>;
  };
  /** Called between pieces of work; resolves when it may go on. */
  pause?: () => Promise<void>;
}

/** Neighbours, as in the papers. */
const K = 5;
/** Fewest pictures a side that a group (class or cluster) is measured with. */
export const fewestInGroup = 20;

const tooFew = (what: string): StudioError =>
  new StudioError({
    code: 'too-few-images',
    what: `There are too few pictures to measure: ${what}.`,
    why: `Distances need at least ${fewestInGroup} reals and as many samples.`,
    action: 'Add pictures, or draw more samples.',
  });

export async function evaluateSamples(input: EvaluateInput): Promise<Evaluation> {
  const { network, size, reals, seed, classNames, slotNames, products = exactProducts, signal } = input;
  const { dim: d } = network.identity;
  const { independent, caution } = standingOf(network.identity, input.run ?? null);
  const identity = { ...network.identity, independent: network.identity.independent && independent };
  const one = size * size * 3;
  const report = (label: string, from: number, to: number) => (share: number) =>
    input.onProgress?.(label, from + (to - from) * share);
  const pause = async (): Promise<void> => {
    signal?.throwIfAborted();
    await input.pause?.();
  };
  const realCount = reals.pixels.length / one;
  if (realCount < fewestInGroup) throw tooFew(`${realCount} reals`);
  const ofReals = await evaluationFeatures({
    network,
    pixels: reals.pixels,
    size,
    store: input.store ?? null,
    pause,
    onProgress: (done, total) => report('Looking at the reals', 0, 0.3)(done / total),
  });
  const samples =
    'generate' in input.samples
      ? await drawn(input.samples, seed, () => report('Drawing samples', 0.3, 0.4)(0))
      : input.samples;
  const sampleCount = samples.pixels.length / one;
  if (sampleCount < fewestInGroup) throw tooFew(`${sampleCount} samples`);
  const ofSamples = await evaluationFeatures({
    network,
    pixels: samples.pixels,
    size,
    store: null,
    pause,
    onProgress: (done, total) => report('Looking at the samples', 0.4, 0.7)(done / total),
  });
  const compare = { d, seed, products, ...(signal ? { signal } : {}) };
  const whole = await distances(ofReals, ofSamples, {
    ...compare,
    onProgress: report('Measuring distances', 0.7, 0.85),
  });
  await pause();
  report('Training the classifier', 0.85, 0.9)(0);
  const judge = await judgeOf(
    { ...input, identity },
    samples,
    () =>
      linearProbe(
        { reals: ofReals, samples: ofSamples, d, labels: reals.labels, classCount: classNames.length, seed },
        signal ? { signal } : {},
      ),
    report('Training the classifier', 0.85, 0.9),
  );
  const groups = (kind: 'class' | 'cluster', names: readonly string[], from: number, to: number) =>
    measureGroups({
      names,
      ofReals,
      ofSamples,
      realGroups: groupsOf(reals, kind),
      sampleGroups: groupsOf(samples, kind),
      predicted: kind === 'class' ? (judge?.probe?.predicted ?? null) : null,
      ...compare,
      onProgress: report(`Measuring each ${kind}`, from, to),
    });
  const perClass = await groups('class', classNames, 0.9, 0.95);
  const perCluster = await groups('cluster', slotNames, 0.95, 1);
  const labeledReals = reals.labels.reduce((sum, label) => sum + Number(label >= 0), 0);
  const comparable = identity.comparableWithInceptionFid && sampleCount >= samplesOfPublishedFigures;
  input.onProgress?.('Measured', 1);
  return {
    version: 1,
    created: new Date().toISOString(),
    kimg: input.kimg ?? null,
    featureNetwork: identity,
    counts: { reals: realCount, samples: sampleCount, labeledReals },
    seed,
    k: K,
    ...whole.numbers,
    perClass,
    perCluster,
    ...classifierOf(judge, samples, labeledReals),
    copies:
      whole.nearest && checkCopies({ nearest: whole.nearest, samples: samples.pixels, reals: reals.pixels, size }),
    comparableWithInceptionFid: comparable,
    note: [noteFor(identity, realCount, sampleCount, comparable), independent ? caution : ''].join(' ').trim(),
  };
}

async function drawn(
  { count, generate }: { count: number; generate: (count: number, seed: number) => Promise<PictureSet> },
  seed: number,
  begin: () => void,
): Promise<PictureSet> {
  begin();
  return generate(count, seed);
}

interface Compare {
  d: number;
  seed: number;
  products: Products;
  signal?: AbortSignal;
  onProgress?: (share: number) => void;
}

/** Everything that compares two clouds of features. */
async function distances(
  reals: Float32Array,
  samples: Float32Array,
  compare: Compare,
): Promise<{ numbers: DistanceEvaluation; nearest: Manifold['nearest'] | null }> {
  const { d, seed, products, signal, onProgress } = compare;
  const options = signal ? { signal } : {};
  const frechet = await frechetDistanceOf(reals, samples, d, { products, ...options });
  onProgress?.(0.4);
  const kid = await kernelDistance({
    a: reals,
    b: samples,
    d,
    seed,
    products,
    onProgress: (share) => onProgress?.(0.4 + 0.3 * share),
    ...options,
  });
  const { metrics, nearest } = await manifold({
    reals,
    samples,
    d,
    k: K,
    products,
    onProgress: (share) => onProgress?.(0.7 + 0.3 * share),
    ...options,
  });
  const { precision, recall, density, coverage } = metrics;
  return { numbers: { frechet, kid, precision, recall, density, coverage }, nearest };
}

const groupsOf = (set: PictureSet, kind: 'class' | 'cluster'): Int32Array | null =>
  kind === 'class' ? (set.classes ?? set.labels) : (set.slots ?? null);

interface GroupInput extends Compare {
  names: readonly string[];
  ofReals: Float32Array;
  ofSamples: Float32Array;
  /** Group of each picture; null where nobody knows: then there are no groups. */
  realGroups: Int32Array | null;
  sampleGroups: Int32Array | null;
  /** The classifier's word on each sample; null for clusters. */
  predicted: Int32Array | null;
}

async function measureGroups(input: GroupInput): Promise<GroupEvaluation[]> {
  const { names, realGroups, sampleGroups, ofReals, ofSamples, d, predicted } = input;
  if (!realGroups || !sampleGroups) return [];
  const found: GroupEvaluation[] = [];
  for (const [index, name] of names.entries()) {
    const reals = membersOf(realGroups, index);
    const samples = membersOf(sampleGroups, index);
    const right = predicted && samples.reduce((sum, i) => sum + Number(predicted[i] === index), 0);
    const group = {
      index,
      name,
      reals: reals.length,
      samples: samples.length,
      accuracy: right === null || samples.length === 0 ? null : right / samples.length,
    };
    const few = Math.min(reals.length, samples.length) < fewestInGroup;
    const { numbers } = few
      ? { numbers: { frechet: null, kid: null, precision: null, recall: null, density: null, coverage: null } }
      : await distances(rowsOf(ofReals, d, reals), rowsOf(ofSamples, d, samples), {
          d,
          seed: input.seed,
          products: input.products,
          ...(input.signal ? { signal: input.signal } : {}),
        });
    found.push({
      ...group,
      ...numbers,
      reason: few
        ? `${reals.length} reals and ${samples.length} samples: at least ${fewestInGroup} of each are needed.`
        : '',
    });
    input.onProgress?.((index + 1) / names.length);
  }
  return found;
}

const membersOf = (groups: Int32Array, index: number): number[] =>
  Array.from(groups.keys()).filter((i) => groups[i] === index);

function rowsOf(features: Float32Array, d: number, rows: readonly number[]): Float32Array {
  const chosen = new Float32Array(rows.length * d);
  rows.forEach((row, i) => chosen.set(features.subarray(row * d, (row + 1) * d), i * d));
  return chosen;
}

interface Judge {
  name: string;
  probe: ProbeResult | null;
}

/** A linear probe on independent features, or the caller's own classifier; null where there is neither. */
async function judgeOf(
  { identity: { name, independent }, reals, ownClassifier }: EvaluateInput & { identity: NetworkIdentity },
  samples: PictureSet,
  linear: () => Promise<ProbeResult | null>,
  onProgress: (share: number) => void,
): Promise<Judge | null> {
  if (independent) return { name: `linear probe on ${name} features`, probe: await linear() };
  return ownClassifier
    ? { name: ownClassifier.name, probe: await ownClassifier.judge(reals, samples, onProgress) }
    : null;
}

function classifierOf(
  judge: Judge | null,
  samples: PictureSet,
  labeled: number,
): Pick<Evaluation, 'classifier' | 'classifierReason'> {
  if (!judge)
    return {
      classifier: null,
      classifierReason:
        'These features are CLIP’s own, which also trains the generator: a classifier on them would be no independent judge.',
    };
  const { name, probe } = judge;
  if (!probe)
    return {
      classifier: null,
      classifierReason: `${labeled} labeled reals are too few to train a classifier and hold some back to test it.`,
    };
  const classes = samples.classes ?? samples.labels;
  const known = membersWithClass(classes);
  if (known.length === 0) return { classifier: null, classifierReason: 'The samples have no class to be right about.' };
  const right = known.reduce((sum, i) => sum + Number(probe.predicted[i] === classes[i]), 0);
  const { trainedOn, heldOut, accuracyOnReals } = probe;
  return {
    classifier: {
      name,
      trainedOn,
      heldOut,
      accuracyOnReals,
      accuracyOnSamples: right / known.length,
      samples: known.length,
    },
    classifierReason: '',
  };
}

const membersWithClass = (classes: Int32Array): number[] =>
  Array.from(classes.keys()).filter((i) => (classes[i] as number) >= 0);

function noteFor(
  { independent, comparableWithInceptionFid }: NetworkIdentity,
  reals: number,
  samples: number,
  comparable: boolean,
): string {
  const counts = `${samples.toLocaleString('en-US')} samples against ${reals.toLocaleString('en-US')} reals`;
  if (!independent)
    return `${counts}. The same CLIP trains the model: only a rough guide, and not comparable with Inception FID.`;
  if (comparable) return `${counts}.`;
  if (comparableWithInceptionFid)
    return `${counts}. Published FID figures take ${samplesOfPublishedFigures.toLocaleString('en-US')} samples; with fewer the distance comes out larger, so this one is not comparable with them.`;
  return `${counts}. Not comparable with Inception FID; compare only with figures on the same features and at the same counts.`;
}
