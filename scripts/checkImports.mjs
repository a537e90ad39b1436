// The architecture as a check: which folder under src may import which, and which names may appear where. Prints each breach as
// file:line with the rule, and exits 1 if there is any. (Import cycles are oxlint's, rule import/no-cycle.)
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { root } from './setup.mjs';

const src = join(root, 'src');

/** Layers from the top down; folders in the same row do not import each other. `ui` and `headless` stand aside. */
const layers = [
  ['app'],
  ['features'],
  ['state'],
  ['session'],
  ['lcp'],
  ['nn', 'clip', 'data', 'metrics', 'persist'],
  ['gpu', 'formats'],
  ['shared'],
];
const rank = new Map(layers.flatMap((folders, index) => folders.map((folder) => [folder, index])));

function mayImport(from, to) {
  if (from === to) return from !== 'features';
  if (from === 'ui') return to === 'shared';
  if (from === 'headless') return rank.get(to) >= rank.get('session');
  if (to === 'ui') return rank.get(from) <= rank.get('features');
  return rank.has(from) && rank.has(to) && rank.get(from) < rank.get(to);
}

const pageOnly = new Set(['app', 'features', 'ui', 'state']);
const rules = [
  {
    name: 'React only above session',
    pattern: /from ['"]react(-dom)?(\/|['"])/,
    allowed: (folder) => pageOnly.has(folder),
  },
  { name: 'tfjs only in gpu', pattern: /from ['"]@tensorflow\//, allowed: (folder) => folder === 'gpu' },
  {
    name: 'onnxruntime only in clip and metrics',
    pattern: /from ['"]onnxruntime-/,
    allowed: (folder) => folder === 'clip' || folder === 'metrics',
  },
  {
    name: 'no window or document outside the page',
    pattern: /(?<![\w.'"`$-])(window|document)\.(?=[a-zA-Z])/,
    allowed: (folder) => pageOnly.has(folder),
  },
];

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return /\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

const folderOf = (path) => relative(src, path).split(sep)[0] ?? '';
const isTest = (path) => /\.test\.tsx?$/.test(path) || path.includes(`${sep}testing${sep}`);

function breachesOf(path) {
  const folder = folderOf(path);
  const breaches = [];
  readFileSync(path, 'utf8')
    .split('\n')
    .forEach((line, index) => {
      const where = `${relative(root, path)}:${index + 1}`;
      if (/^\s*(\/\/|\*|\/\*)/.test(line)) return;
      for (const match of line.matchAll(/(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g)) {
        const target = resolve(dirname(path), match[1]);
        if (!target.startsWith(src + sep)) continue;
        const to = folderOf(target);
        // Features never import each other: a feature is a folder below features/.
        const sameFeature =
          folder === 'features' &&
          to === 'features' &&
          relative(src, path).split(sep)[1] === relative(src, target).split(sep)[1];
        // Tests may reach down to headless for a GPU in Node.
        if (isTest(path) && (to === 'headless' || folder === 'headless')) continue;
        if (!sameFeature && !mayImport(folder, to)) breaches.push(`${where}: ${folder} must not import ${to}`);
      }
      if (isTest(path)) return;
      for (const rule of rules) {
        if (rule.pattern.test(line) && !rule.allowed(folder)) breaches.push(`${where}: ${rule.name}`);
      }
    });
  return breaches;
}

const breaches = filesBelow(src).flatMap(breachesOf);
if (breaches.length > 0) {
  console.error(`Imports: ${breaches.length} breach(es) of the architecture\n  ${breaches.join('\n  ')}`);
  process.exit(1);
}
console.log('Imports: the architecture holds.');
