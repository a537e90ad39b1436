/**
 * `npx tsx scripts/checkThresholds.ts --data PATH`: what the data checks find of errors that are planted in labeled
 * pictures, at several thresholds. Copies (recompressed, at half the size, cropped to nine tenths, brighter) against
 * pairs of different pictures that count as copies; wrong labels on one picture in twenty against right labels that are
 * blamed. The thresholds of src/lcp/checks/ are set by its figures.
 */
import sharp, { type Sharp } from 'sharp';
import { openFrozenClip } from '../src/clip/frozen';
import { loadClip } from '../src/clip/load';
import { classFeatures } from '../src/clip/zeroShot';
import { numberOption, readOptions, runCommand, UsageError } from '../src/headless/commandLine';
import { readLabeledFolder } from '../src/headless/labeledFolder';
import { nodePorts } from '../src/headless/nodePorts';
import { nearlySame } from '../src/lcp/checks/duplicates';
import { suspectLabels } from '../src/lcp/checks/suspectLabels';
import { centredRows } from '../src/lcp/labels/mixture';
import { computeFeatures } from '../src/session/clip/clipFeatures';
import type { ImportItem } from '../src/session/protocol/commands';
import { importDataset } from '../src/session/run/importDataset';
import { RunControl } from '../src/session/run/runControl';
import { runInSlices } from '../src/shared/cooperative';
import { allRows, meanOfRows } from '../src/shared/linearAlgebra';
import { CounterRandom } from '../src/shared/rng';

const copied = 100;
const wrongShare = 0.05;
const cosines = [0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.97, 0.985];
const doubts = [0.02, 0.05, 0.1, 0.25, 0.5];

const kinds: Record<string, (picture: Sharp, edge: { width: number; height: number }) => Sharp> = {
  recompressed: (picture) => picture.jpeg({ quality: 60 }),
  'half size': (picture, { width, height }) =>
    picture.resize(Math.max(8, width >> 1), Math.max(8, height >> 1), { fit: 'fill' }).png(),
  cropped: (picture, { width, height }) =>
    picture
      .extract({
        left: Math.round(width * 0.07),
        top: Math.round(height * 0.03),
        width: Math.max(1, Math.round(width * 0.9)),
        height: Math.max(1, Math.round(height * 0.9)),
      })
      .png(),
  brighter: (picture) => picture.modulate({ brightness: 1.2 }).png(),
};

async function copiesOf({ file, path, label }: ImportItem): Promise<ImportItem[]> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const { width = 1, height = 1 } = await sharp(bytes).metadata();
  return Promise.all(
    Object.entries(kinds).map(async ([kind, change]) => {
      const changed = await change(sharp(bytes), { width, height }).toBuffer();
      return { path: `${path} ${kind}`, label, file: new Blob([new Uint8Array(changed)]) };
    }),
  );
}

async function main(): Promise<void> {
  const values = readOptions(
    {
      name: 'checkThresholds --',
      purpose: 'What the data checks find of planted errors, at several thresholds.',
      options: {
        data: { value: 'PATH', about: 'A folder or archive whose pictures all have a class.' },
        clip: { value: 'ID', about: 'CLIP of models/manifest.json.', default: 'clip-lit' },
        pictures: { value: 'N', about: 'How many are taken, evenly.', default: '1000' },
      },
    },
    process.argv.slice(2),
  );
  if (values.data === undefined) throw new UsageError('Where are the pictures? Give --data PATH.');
  const most = numberOption('pictures', values.pictures, { least: copied, whole: true });
  const folder = await readLabeledFolder(values.data);
  const step = Math.max(1, folder.items.length / most);
  const originals = folder.items.filter((_, at) => Math.floor(at / step) !== Math.floor((at - 1) / step));
  const every = Math.max(1, Math.floor(originals.length / copied));
  const chosen = originals
    .map((_, at) => at)
    .filter((at) => at % every === 0)
    .slice(0, copied);
  const copies = (await Promise.all(chosen.map((at) => copiesOf(originals[at] as ImportItem)))).flat();

  const ports = nodePorts(() => undefined);
  const source = { kind: 'manifest', id: values.clip } as const;
  const items = [...originals, ...copies];
  const dataset = await importDataset(ports, folder.classes, items, 32, new AbortController().signal, { clip: source });
  if (dataset.summary.broken.length > 0) throw new Error('Some pictures could not be decoded.');
  const model = await loadClip(source, ports.clipIo, () => undefined);
  const frozen = await openFrozenClip(model);
  const features = await computeFeatures(ports, model, frozen, dataset, new RunControl());
  const d = model.dim;
  console.log(`${values.data}: ${originals.length} pictures of ${folder.classes.length} classes through ${model.name}`);

  const images = originals.length + copies.length;
  const rows = allRows(images);
  const centred = centredRows(features, d, rows, meanOfRows(features, d, rows.subarray(0, originals.length)));
  const names = Object.keys(kinds);
  const cosineOf = (vectors: Float32Array, a: number, b: number): number => {
    let sum = 0;
    for (let j = 0; j < d; j += 1) sum += (vectors[a * d + j] as number) * (vectors[b * d + j] as number);
    return sum;
  };
  const plain = model.nearlySame ?? nearlySame;
  const likeness: Record<string, (a: number, b: number) => number> = {
    'as they are': (a, b) => cosineOf(features, a, b),
    centred: (a, b) => cosineOf(centred, a, b),
    [`centred, and ${plain} as they are`]: (a, b) => (cosineOf(features, a, b) >= plain ? cosineOf(centred, a, b) : -1),
  };
  for (const [how, cosine] of Object.entries(likeness)) {
    const toCopy = chosen.map((at, i) => names.map((_, k) => cosine(at, originals.length + i * names.length + k)));
    const pairs: number[] = [];
    for (let a = 0; a < originals.length; a += 1)
      for (let b = a + 1; b < originals.length; b += 1) {
        const value = cosine(a, b);
        if (value >= (cosines[0] as number)) pairs.push(value);
      }
    for (const t of cosines) {
      const found = names.map((name, k) => `${name} ${toCopy.filter((row) => (row[k] as number) >= t).length}%`);
      const different = pairs.filter((value) => value >= t).length;
      console.log(`  features ${how}, cosine >= ${t}: ${found.join(', ')}; pairs of different files ${different}`);
    }
  }

  const random = new CounterRandom(1, 0);
  const truth = Int32Array.from(originals, ({ label }) => label);
  const classCount = folder.classes.length;
  const labels = truth.map((label) =>
    random.uniform() < wrongShare ? (label + 1 + Math.floor(random.uniform() * (classCount - 1))) % classCount : label,
  );
  const wrong = labels.reduce((sum, label, at) => sum + Number(label !== truth[at]), 0);
  const input = {
    features: features.slice(0, originals.length * d),
    d,
    labels,
    classCount,
    textFeatures: frozen.hasText ? await classFeatures(frozen, model, folder.classes) : null,
    logitScale: model.logitScale,
    seed: 1,
    useUnlabeled: false,
  };
  for (const doubt of doubts) {
    const suspects = await runInSlices(suspectLabels(input, doubt), {});
    const right = suspects.filter(({ image }) => labels[image] !== truth[image]).length;
    console.log(
      `  p < ${doubt}: ${right} of ${wrong} wrong labels found, ${suspects.length - right} right ones blamed`,
    );
  }
  await frozen.close();
}

runCommand(main);
