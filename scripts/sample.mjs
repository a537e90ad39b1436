// The sample data set: 3-D emoji (MIT) in classes from Unicode, one fifth of them labeled. `node scripts/sample.mjs`
// writes public/sample; the build and the dev server do so too (samplePlugin.mjs), and sampleFolder.mjs writes the same
// pictures as a folder on disk. The pictures stay the package's own WebP bytes, laid end to end in one file, because
// one request is faster than 500.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(here);
/** Raise it when what is written changes, so that older copies are made anew. */
const FORMAT = 1;
/** One picture of so many keeps its label. */
const LABELED_ONE_OF = 5;

const sha256 = (value) => createHash('sha256').update(value).digest('hex');
const table = () => JSON.parse(readFileSync(path.join(here, 'sampleTable.json'), 'utf8'));
const notice = () => readFileSync(path.join(here, 'sampleNotice.txt'), 'utf8');

function packageFolder() {
  try {
    return path.dirname(createRequire(import.meta.url).resolve('@lobehub/fluent-emoji-3d/package.json'));
  } catch (error) {
    throw new Error('The npm package @lobehub/fluent-emoji-3d is missing; run `npm install` first.', { cause: error });
  }
}

const slug = (name) =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

/**
 * Which of a class keep their label: one of each five neighbours in Unicode's order, the one with the smallest hash.
 * Neighbours look alike (Unicode puts all fish together), so every kind has a labeled example, and the choice never
 * changes.
 */
function labeledIn(entries) {
  const chosen = new Set();
  for (let start = 0; start < entries.length; start += LABELED_ONE_OF) {
    const block = entries.slice(start, start + LABELED_ONE_OF);
    if (block.length <= LABELED_ONE_OF / 2) continue;
    chosen.add(block.reduce((best, entry) => (sha256(entry[0]) < sha256(best[0]) ? entry : best)));
  }
  return chosen;
}

/**
 * All pictures of the sample: `{path, className, label, source}`; `label` is null where the picture lies in
 * `unlabeled`.
 */
export function samplePictures() {
  const assets = path.join(packageFolder(), 'assets');
  return Object.entries(table().classes).flatMap(([className, entries]) => {
    const labeled = labeledIn(entries);
    return entries.map((entry) => {
      const label = labeled.has(entry) ? className : null;
      return {
        path: `${label ?? 'unlabeled'}/${slug(entry[1])}.webp`,
        className,
        label,
        source: path.join(assets, `${entry[0]}.webp`),
      };
    });
  });
}

function isFresh(folder, key) {
  try {
    const index = JSON.parse(readFileSync(path.join(folder, 'index.json'), 'utf8'));
    return index.key === key && statSync(path.join(folder, 'pictures.bin')).size === index.bytes;
  } catch {
    return false;
  }
}

/** Writes index.json, pictures.bin and NOTICE.txt unless they are there and up to date; returns true if it wrote. */
export function ensureSample(folder = path.join(root, 'public', 'sample')) {
  const version = JSON.parse(readFileSync(path.join(packageFolder(), 'package.json'), 'utf8')).version;
  const key = sha256(JSON.stringify([FORMAT, version, table(), notice()])).slice(0, 16);
  if (isFresh(folder, key)) return false;
  const pictures = samplePictures();
  const contents = pictures.map((picture) => readFileSync(picture.source));
  let offset = 0;
  const items = pictures.map((picture, index) => {
    const item = { path: picture.path, offset, bytes: contents[index].length, label: picture.label };
    offset += item.bytes;
    return item;
  });
  const index = {
    key,
    name: 'Emoji in 3-D',
    credit: 'Fluent emoji by Microsoft, packaged by LobeHub, MIT licence; classes and names from Unicode Emoji',
    licence: 'MIT',
    notice: notice(),
    classes: Object.keys(table().classes),
    bytes: offset,
    items,
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'pictures.bin'), Buffer.concat(contents));
  writeFileSync(path.join(folder, 'NOTICE.txt'), notice());
  // The index last and in one step: what it names is there.
  writeFileSync(path.join(folder, 'index.json.part'), JSON.stringify(index));
  renameSync(path.join(folder, 'index.json.part'), path.join(folder, 'index.json'));
  return true;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(ensureSample() ? 'Wrote public/sample.' : 'public/sample is up to date.');
}
