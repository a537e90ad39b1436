/**
 * `npm run labels -- --data DIR` (`--help` lists the options): how well label inference (docs/method.md, section 1) does
 * on pictures whose labels are kept back. Beside it, on the same pictures: CLIP's class names alone (zero-shot) and the
 * linear probe alone (label inference without names). Accuracies are of the pictures without a label, means over seeds.
 * Needs no GPU.
 */
import { writeFileSync } from 'node:fs';
import { openFrozenClip } from '../clip/frozen';
import { loadClip } from '../clip/load';
import { classFeatures } from '../clip/zeroShot';
import { argMax } from '../lcp/labels/labelCrossValidation';
import { inferLabels, type LabelInferenceInput } from '../lcp/labels/labelInference';
import { UNLABELED } from '../shared/domain';
import { allRows, multiplyRows } from '../shared/linearAlgebra';
import { computeFeatures } from '../session/clip/clipFeatures';
import { importDataset } from '../session/run/importDataset';
import { RunControl } from '../session/run/runControl';
import { numberOption, readOptions, runCommand, UsageError } from './commandLine';
import { holdBack, keptInWords, type Kept } from './holdBack';
import { readLabeledFolder } from './labeledFolder';
import { nodePorts } from './nodePorts';

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
}

interface Pictures {
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
        data: { value: 'DIR', about: 'Folder with a folder for each class.' },
        truth: {
          value: 'FILE.csv',
          about: 'True classes of pictures that lie in no class folder: lines "path,class".',
        },
        shares: { value: 'LIST', about: 'Shares of the labels to keep, between commas.', default: '0.2' },
        'per-class': { value: 'LIST', about: 'Labels of each class to keep, between commas.', default: '1,5,20' },
        seeds: { value: 'N', about: 'How often each is drawn.', default: '3' },
        clip: { value: 'ID', about: 'CLIP of models/manifest.json.', default: 'clip-nano' },
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
  if (data === undefined) throw new UsageError('Where are the pictures? Give --data DIR.');
  if (kept.length === 0) throw new UsageError('How many labels are kept? Give --shares or --per-class.');
  return { ...values, data, kept, seeds: numberOption('seeds', values.seeds, { least: 1, whole: true }) };
}

async function loadPictures(data: string, truthFile: string | undefined, clipId: string): Promise<Pictures> {
  const ports = nodePorts(() => undefined);
  const folder = await readLabeledFolder(data, truthFile);
  const clip = { kind: 'manifest', id: clipId } as const;
  const dataset = await importDataset(ports, folder.classes, folder.items, 32, new AbortController().signal, clip);
  const model = await loadClip(clip, ports.clipIo, () => undefined);
  const frozen = await openFrozenClip(model);
  const features = await computeFeatures(ports, model, frozen, dataset, new RunControl());
  const textFeatures = await classFeatures(frozen, model, folder.classes);
  await frozen.close();
  console.log(
    `${data}: ${dataset.labels.length} pictures of ${folder.classes.length} classes, seen through ${model.name}.`,
  );
  return {
    features,
    d: model.dim,
    truth: dataset.labels,
    classCount: folder.classes.length,
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

function tryOut(pictures: Pictures, scores: Float64Array, kept: Kept, seed: number): Outcome {
  const { features, d, truth, classCount, textFeatures, logitScale } = pictures;
  const labels = holdBack(truth, classCount, kept, seed);
  const unlabeled = (image: number): boolean => labels[image] === UNLABELED;
  const input: LabelInferenceInput = { features, d, labels, classCount, textFeatures, logitScale, seed };
  const { probabilities, trust, summary } = inferLabels(input);
  const probe = inferLabels({ ...input, textFeatures: null });
  const trusted = (image: number): boolean => unlabeled(image) && (trust[image] ?? 0) > 0;
  const count = (chosen: (image: number) => boolean): number =>
    [...labels.keys()].filter((image) => chosen(image)).length;
  return {
    zeroShot: accuracy(scores, pictures, unlabeled),
    linearProbe: accuracy(probe.probabilities, pictures, unlabeled),
    labelInference: accuracy(probabilities, pictures, unlabeled),
    trusted: accuracy(probabilities, pictures, trusted),
    trustedShare: count(trusted) / count(unlabeled),
    alpha: summary.alpha,
  };
}

function meanOf(outcomes: readonly Outcome[]): Outcome {
  const mean = (of: (outcome: Outcome) => number): number =>
    outcomes.reduce((sum, outcome) => sum + of(outcome), 0) / outcomes.length;
  return {
    zeroShot: mean((outcome) => outcome.zeroShot),
    linearProbe: mean((outcome) => outcome.linearProbe),
    labelInference: mean((outcome) => outcome.labelInference),
    trusted: mean((outcome) => outcome.trusted),
    trustedShare: mean((outcome) => outcome.trustedShare),
    alpha: mean((outcome) => outcome.alpha),
  };
}

const percent = (share: number): string => (Number.isNaN(share) ? 'none' : `${(100 * share).toFixed(1)}%`);

async function main(): Promise<void> {
  const options = labelOptions(process.argv.slice(2));
  const pictures = await loadPictures(options.data, options.truth, options.clip);
  const scores = nameScores(pictures);
  const seeds = Array.from({ length: options.seeds }, (_, index) => index + 1);
  console.log(
    '| labels kept | zero-shot | linear probe alone | label inference | of the trusted | trusted | alpha |\n|---|---|---|---|---|---|---|',
  );
  const rows = options.kept.map((kept) => {
    const outcomes = seeds.map((seed) => tryOut(pictures, scores, kept, seed));
    const mean = meanOf(outcomes);
    const cells = [mean.zeroShot, mean.linearProbe, mean.labelInference, mean.trusted, mean.trustedShare].map(percent);
    console.log(`| ${keptInWords(kept)} | ${cells.join(' | ')} | ${mean.alpha.toFixed(2)} |`);
    return { kept: keptInWords(kept), seeds, mean, outcomes };
  });
  if (options.json !== undefined)
    writeFileSync(
      options.json,
      `${JSON.stringify({ data: options.data, clip: options.clip, pictures: pictures.truth.length, classes: pictures.classCount, rows }, null, 2)}\n`,
    );
}

runCommand(main);
