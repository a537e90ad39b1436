/**
 * `npm run labels -- --data DIR` (`--help` lists the options): how well label inference (docs/method.md, section 1) does
 * on pictures whose labels are kept back. Beside it, on the same pictures: CLIP's class names alone (zero-shot) and the
 * linear probe alone (label inference without names and unlabeled pictures). Then prompts are learnt from the inferred
 * labels, as a run does, and tried on the same pictures. Accuracies are of the pictures without a label, means over
 * seeds; how far the probabilities of inferred labels can be believed is told of the seeds' answers together.
 * `--prompts no` leaves the prompts out, and needs no GPU.
 */
import { writeFileSync } from 'node:fs';
import { classFeatures } from '../clip/zeroShot';
import { acquireDevice } from '../gpu/device/device';
import { createEngine } from '../gpu/engine';
import { inferLabels } from '../lcp/labels/labelInference';
import type { LabelInferenceInput } from '../lcp/labels/labelInput';
import { UNLABELED } from '../shared/domain';
import { allRows, argMax, multiplyRows } from '../shared/linearAlgebra';
import { openTwins, type OpenClip } from '../session/clip/openClip';
import type { ImportedDataset } from '../session/run/importDataset';
import { Calibration } from './calibration';
import { clipOptions } from './clipOptions';
import { numberOption, readOptions, runCommand, UsageError } from './commandLine';
import { holdBack, keptInWords, type Kept } from './holdBack';
import { dataOptions, readingOptions, truthOption } from './dataOptions';
import { readLabeledFeatures } from './labeledFeatures';
import { nodePorts } from './nodePorts';
import { tryPrompts } from './promptTrial';

/** Accuracies in [0, 1] on the pictures whose label is kept back. */
interface Outcome {
  zeroShot: number;
  linearProbe: number;
  labelInference: number;
  /** Of the pictures that would be trained on with their inferred label (w > 0). */
  trusted: number;
  /** Share of the pictures with w > 0. */
  trustedShare: number;
  alpha: number;
  /** Expected calibration error of the inferred labels' probabilities. */
  calibrationError: number | null;
  /** By the learnt prompts; null where none were learnt. */
  prompts: number | null;
  /** Of pictures held back from the prompts: their own cluster within their class; null where no class has two. */
  withinClass: number | null;
  /** What naming the most frequent cluster of each class would give. */
  withinClassChance: number | null;
}

interface Pictures {
  dataset: ImportedDataset;
  /** Null where no prompts are wanted. */
  clip: OpenClip | null;
  features: Float32Array;
  d: number;
  /** True class of each picture. */
  truth: Int32Array;
  classCount: number;
  textFeatures: Float32Array;
  logitScale: number;
}

function labelOptions(args: readonly string[]) {
  const values = readOptions(
    {
      name: 'labels --',
      purpose: 'Label inference against class names alone and a linear probe, on pictures whose labels are kept back.',
      options: {
        ...dataOptions,
        truth: truthOption,
        shares: { value: 'LIST', about: 'Shares of the labels to keep, between commas.', default: '0.2' },
        'per-class': { value: 'LIST', about: 'Labels of each class to keep, between commas.', default: '1,5,20' },
        seeds: { value: 'N', about: 'How often each is drawn.', default: '3' },
        clip: clipOptions.clip,
        prompts: { value: 'yes|no', about: 'Whether prompts are learnt and tried, which takes a GPU.', default: 'yes' },
        json: { value: 'FILE', about: 'Where all numbers are written.' },
      },
    },
    args,
  );
  const { data } = values;
  const list = (name: 'shares' | 'per-class', range: { least: number; most?: number; whole?: boolean }): number[] =>
    values[name]
      .split(',')
      .filter((part) => part !== '')
      .map((part) => numberOption(name, part, range));
  const kept: Kept[] = [
    ...list('per-class', { least: 1, whole: true }).map((perClass) => ({ perClass })),
    ...list('shares', { least: 0, most: 1 }).map((share) => ({ share })),
  ];
  if (data === undefined) throw new UsageError('Where are the pictures? Give --data PATH.');
  if (kept.length === 0) throw new UsageError('How many labels are kept? Give --shares or --per-class.');
  if (values.prompts !== 'yes' && values.prompts !== 'no') throw new UsageError('--prompts is yes or no.');
  return {
    ...values,
    prompts: values.prompts === 'yes',
    data,
    reading: readingOptions(values),
    kept,
    seeds: numberOption('seeds', values.seeds, { least: 1, whole: true }),
  };
}

type Options = ReturnType<typeof labelOptions>;

async function loadPictures(options: Options): Promise<Pictures> {
  const ports = nodePorts(() => undefined);
  const { dataset, classes, features, model, frozen } = await readLabeledFeatures(ports, options);
  const textFeatures = await classFeatures(frozen, model, classes);
  // The prompts' text tower runs on the GPU; what it needs of the frozen one is done by then.
  if (options.prompts) await createEngine(await acquireDevice(ports.gpu));
  const clip = options.prompts ? await openTwins(ports, { model, frozen }) : null;
  await frozen.close();
  return {
    dataset,
    clip,
    features,
    d: model.dim,
    truth: dataset.labels,
    classCount: classes.length,
    textFeatures,
    logitScale: model.logitScale,
  };
}

/** Share of the pictures for which `chosen` holds that `scores` [N, C] give their true class. */
function accuracy(
  scores: Float64Array | Float32Array,
  { truth, classCount }: Pictures,
  chosen: (image: number) => boolean,
): number {
  const images = [...truth.keys()].filter((image) => chosen(image));
  const right = images.filter((image) => argMax(scores, image * classCount, classCount) === truth[image]);
  return right.length / images.length;
}

/** <f, t_c> of every picture and class, [N, C]. */
function nameScores({ features, textFeatures, d, classCount, truth }: Pictures): Float64Array {
  const scores = new Float64Array(truth.length * classCount);
  multiplyRows(
    { features, d, rows: allRows(truth.length), weights: Float64Array.from(textFeatures), m: classCount },
    scores,
  );
  return scores;
}

async function tryOut(
  pictures: Pictures,
  scores: Float64Array,
  { kept, seed, pooled }: { kept: Kept; seed: number; pooled: Calibration },
): Promise<Outcome> {
  const { features, d, truth, classCount, textFeatures, logitScale } = pictures;
  const labels = holdBack(truth, classCount, kept, seed);
  const unlabeled = (image: number): boolean => labels[image] === UNLABELED;
  const input: LabelInferenceInput = { features, d, labels, classCount, textFeatures, logitScale, seed };
  const inference = inferLabels(input);
  const { probabilities, trust, summary } = inference;
  const probe = inferLabels({ ...input, textFeatures: null, useUnlabeled: false });
  const trusted = (image: number): boolean => unlabeled(image) && (trust[image] ?? 0) > 0;
  const count = (chosen: (image: number) => boolean): number =>
    [...labels.keys()].filter((image) => chosen(image)).length;
  const calibration = new Calibration();
  for (const image of labels.keys()) {
    if (!unlabeled(image)) continue;
    const top = argMax(probabilities, image * classCount, classCount);
    for (const each of [calibration, pooled])
      each.add(probabilities[image * classCount + top] as number, top === truth[image]);
  }
  const learnt = pictures.clip && (await tryPrompts({ ...pictures, clip: pictures.clip, labels, inference, seed }));
  return {
    zeroShot: accuracy(scores, pictures, unlabeled),
    linearProbe: accuracy(probe.probabilities, pictures, unlabeled),
    labelInference: accuracy(probabilities, pictures, unlabeled),
    trusted: accuracy(probabilities, pictures, trusted),
    trustedShare: count(trusted) / count(unlabeled),
    alpha: summary.alpha,
    calibrationError: calibration.error,
    prompts: learnt && accuracy(learnt.probabilities, pictures, unlabeled),
    withinClass: learnt?.withinClass ? learnt.withinClass.right / learnt.withinClass.count : null,
    withinClassChance: learnt?.withinClass?.chance ?? null,
  };
}

/** @param pooled of the answers of all outcomes */
function meanOf(outcomes: readonly Outcome[], pooled: Calibration): Outcome {
  const mean = (of: (outcome: Outcome) => number): number =>
    outcomes.reduce((sum, outcome) => sum + of(outcome), 0) / outcomes.length;
  const meanOfKnown = (of: (outcome: Outcome) => number | null): number | null => {
    const known = outcomes.map(of).filter((value) => value !== null);
    return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
  };
  return {
    zeroShot: mean((outcome) => outcome.zeroShot),
    linearProbe: mean((outcome) => outcome.linearProbe),
    labelInference: mean((outcome) => outcome.labelInference),
    trusted: mean((outcome) => outcome.trusted),
    trustedShare: mean((outcome) => outcome.trustedShare),
    alpha: mean((outcome) => outcome.alpha),
    calibrationError: pooled.error,
    prompts: meanOfKnown((outcome) => outcome.prompts),
    withinClass: meanOfKnown((outcome) => outcome.withinClass),
    withinClassChance: meanOfKnown((outcome) => outcome.withinClassChance),
  };
}

const percent = (share: number | null): string =>
  share === null || Number.isNaN(share) ? 'none' : `${(100 * share).toFixed(1)}%`;

async function main(): Promise<void> {
  const options = labelOptions(process.argv.slice(2));
  const pictures = await loadPictures(options);
  const scores = nameScores(pictures);
  const seeds = Array.from({ length: options.seeds }, (_, index) => index + 1);
  console.log(
    '| labels kept | zero-shot | linear probe alone | label inference | of the trusted | trusted | off by | alpha | prompts | within class (chance) |\n|---|---|---|---|---|---|---|---|---|---|',
  );
  const rows = [];
  for (const kept of options.kept) {
    const outcomes: Outcome[] = [];
    const pooled = new Calibration();
    for (const seed of seeds) outcomes.push(await tryOut(pictures, scores, { kept, seed, pooled }));
    const mean = meanOf(outcomes, pooled);
    const cells = [mean.zeroShot, mean.linearProbe, mean.labelInference, mean.trusted, mean.trustedShare].map(percent);
    const within =
      mean.withinClass === null ? 'none' : `${percent(mean.withinClass)} (${percent(mean.withinClassChance)})`;
    console.log(
      `| ${keptInWords(kept)} | ${cells.join(' | ')} | ${mean.calibrationError?.toFixed(3) ?? 'none'} | ${mean.alpha.toFixed(2)} | ${percent(mean.prompts)} | ${within} |`,
    );
    rows.push({ kept: keptInWords(kept), seeds, mean, outcomes });
  }
  if (options.json !== undefined)
    writeFileSync(
      options.json,
      `${JSON.stringify({ data: options.data, clip: options.clip, pictures: pictures.truth.length, classes: pictures.classCount, rows }, null, 2)}\n`,
    );
}

runCommand(main);
