// Writes the sample data set as a partly labeled folder, to drop on the page or to train on without a browser:
//   node scripts/sampleFolder.mjs --out data/sample [--truth data/sample-truth.csv]
// `--truth` also writes the class of every picture, unlabeled ones too, so that inferred labels can be checked. Prints
// the folder's path.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { samplePictures } from './sample.mjs';

const { values } = parseArgs({ options: { out: { type: 'string' }, truth: { type: 'string' } } });
if (values.out === undefined) {
  console.error('Usage: node scripts/sampleFolder.mjs --out DIR [--truth FILE.csv]');
  process.exit(2);
}
const pictures = samplePictures();
for (const picture of pictures) {
  const target = path.join(values.out, picture.path);
  mkdirSync(path.dirname(target), { recursive: true });
  copyFileSync(picture.source, target);
}
if (values.truth !== undefined) {
  mkdirSync(path.dirname(path.resolve(values.truth)), { recursive: true });
  writeFileSync(
    values.truth,
    `path,class\n${pictures.map((picture) => `${picture.path},${picture.className}\n`).join('')}`,
  );
}
console.log(path.resolve(values.out));
