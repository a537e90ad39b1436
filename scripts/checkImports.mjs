// The architecture as a check: which folder under src may import which, and which names may appear where. Prints each
// breach as file:line with the rule, and exits 1 if there is any. (Import cycles are oxlint's, rule import/no-cycle.)
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { root } from './setup.mjs';
import { importsOf, usesOf } from './syntax.mjs';

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

const page = ['app', 'features', 'ui', 'state'];
const packageRules = [
  { name: 'React only above session', of: ['react', 'react-dom'], allowed: page },
  { name: 'tfjs only in gpu', of: ['@tensorflow'], allowed: ['gpu'] },
  {
    name: 'onnxruntime only in clip and metrics',
    of: ['onnxruntime-web', 'onnxruntime-node', 'onnxruntime-common'],
    allowed: ['clip', 'metrics'],
  },
];

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.name.endsWith('.ts') || entry.name.endsWith('.tsx') ? [path] : [];
  });
}

const partsOf = (path) => relative(src, path).split(sep);
const isTest = (path) => path.includes('.test.') || path.includes(`${sep}testing${sep}`);
const belongsTo = (specifier, name) => specifier === name || specifier.startsWith(`${name}/`);

/** Why a file may not import a path, or null. */
function pathBreach(path, specifier) {
  const target = resolve(dirname(path), specifier);
  if (!target.startsWith(src + sep)) return null;
  const [from, feature] = partsOf(path);
  const [to, otherFeature] = partsOf(target);
  // Features never import each other: a feature is a folder below features/.
  if (from === 'features' && to === 'features' && feature === otherFeature) return null;
  // Tests may reach down to headless for a GPU in Node.
  if (isTest(path) && (to === 'headless' || from === 'headless')) return null;
  return mayImport(from, to) ? null : `${from} must not import ${to}`;
}

function breachesOf(path) {
  const source = readFileSync(path, 'utf8');
  const where = (offset) => `${relative(root, path)}:${source.slice(0, offset).split('\n').length}`;
  const [folder] = partsOf(path);
  const imported = importsOf(path, source).flatMap(({ from, start }) => {
    const problems = from.startsWith('.')
      ? [pathBreach(path, from)]
      : packageRules
          .filter(({ of, allowed }) => of.some((name) => belongsTo(from, name)) && !allowed.includes(folder))
          .map(({ name }) => (isTest(path) ? null : name));
    return problems.filter((problem) => problem !== null).map((problem) => `${where(start)}: ${problem}`);
  });
  if (isTest(path) || page.includes(folder)) return imported;
  const uses = usesOf(path, source, ['window', 'document']);
  return [...imported, ...uses.map((offset) => `${where(offset)}: no window or document outside the page`)];
}

const breaches = filesBelow(src).flatMap(breachesOf);
if (breaches.length > 0) {
  console.error(`Imports: ${breaches.length} breach(es) of the architecture\n  ${breaches.join('\n  ')}`);
  process.exit(1);
}
console.log('Imports: the architecture holds.');
