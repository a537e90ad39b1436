// Of a folder of classes, the pictures that clip-nano was not trained on (its card, "Protocol"), for experiments in
// which CLIP must not have seen the pictures:
//   node scripts/unseenPictures.mjs --data DIR --percent 10 --out DIR
// A picture was held out where the MD5 of "class/file name", modulo 100, is below the percentage: 20 for the sign
// digits, 10 for the other sets.
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { data: { type: 'string' }, percent: { type: 'string', default: '10' }, out: { type: 'string' } },
});
if (values.data === undefined || values.out === undefined) {
  console.error('Usage: node scripts/unseenPictures.mjs --data DIR --percent 10 --out DIR');
  process.exit(2);
}
const heldOut = (name) => BigInt(`0x${createHash('md5').update(name).digest('hex')}`) % 100n < BigInt(values.percent);
let count = 0;
for (const entry of readdirSync(values.data, { withFileTypes: true }).filter((item) => item.isDirectory())) {
  const files = readdirSync(path.join(values.data, entry.name)).filter((file) => heldOut(`${entry.name}/${file}`));
  if (files.length > 0) mkdirSync(path.join(values.out, entry.name), { recursive: true });
  for (const file of files)
    copyFileSync(path.join(values.data, entry.name, file), path.join(values.out, entry.name, file));
  count += files.length;
}
console.log(`${count} pictures in ${values.out}.`);
