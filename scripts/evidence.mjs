// Lays what `npm run labels` and `npm run ablate` measured into docs/evidence.json, the machine-readable side of
// docs/evidence.md; what else stands there, stays, also other shares of labels of the same pictures:
//   node scripts/evidence.mjs [--labels sample=FILE.json ...] [--study ablation=runs/ablation/ablation.json ...] [--out docs/evidence.json]
// The figures at the top are those of the label set "sample" and the study "ablation". Accuracies and ratios are means
// over seeds.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const usage =
  'Usage: node scripts/evidence.mjs [--labels NAME=FILE.json ...] [--study NAME=ablation.json ...] [--out docs/evidence.json]';

function readOptions() {
  const many = { type: 'string', multiple: true, default: [] };
  const options = { labels: many, study: many, out: { type: 'string', default: 'docs/evidence.json' } };
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return { labels: [], study: [], out: '', problem: error.message };
  }
}

const { labels, study, out, problem } = readOptions();
const wrong = [...labels, ...study].find((entry) => entry.indexOf('=') < 1);
if (problem !== undefined || wrong !== undefined || labels.length + study.length === 0) {
  console.error([problem, wrong && `"${wrong}" names no file.`, usage].filter(Boolean).join('\n'));
  process.exit(2);
}
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
const rounded = (number) => Number(number.toFixed(4));
const named = (entries) =>
  entries.map((entry) => [entry.slice(0, entry.indexOf('=')), read(entry.slice(entry.indexOf('=') + 1))]);

function labelSet(name, { pictures, classes, clip, rows }) {
  const kept = Object.fromEntries(
    rows.map((row) => [
      row.kept,
      Object.fromEntries(Object.entries(row.mean).map(([key, value]) => [key, value === null ? null : rounded(value)])),
    ]),
  );
  return { name, pictures, classes, clip, seeds: rows[0].seeds.length, kept };
}

/** What prompts came to stays where they were not learnt this time (`--prompts no`). */
function withPromptsOf(before, row) {
  const known = ['prompts', 'withinClass', 'withinClassChance'].filter((key) => row[key] === null && before?.[key]);
  return { ...row, ...Object.fromEntries(known.map((key) => [key, before[key]])) };
}

function studyOf({ labels: share, results }) {
  const byVariant = new Map();
  for (const result of results) byVariant.set(result.variant, [...(byVariant.get(result.variant) ?? []), result]);
  const oracle = new Map((byVariant.get('oracle') ?? []).map(({ seed, frechet }) => [seed, frechet]));
  const oracleRatios = (byVariant.get('full') ?? [])
    .filter(({ seed }) => oracle.has(seed))
    .map(({ seed, frechet }) => rounded(frechet / oracle.get(seed)));
  const variants = Object.fromEntries(
    [...byVariant].map(([variant, runs]) => [
      variant,
      {
        seeds: runs.map(({ seed }) => seed),
        frechet: runs.map(({ frechet }) => frechet),
        meanFrechet: rounded(mean(runs.map(({ frechet }) => frechet))),
      },
    ]),
  );
  const { kimg, iterations, featureNetwork, reals, samples, adapter } = results[0];
  return { labels: share, kimg, iterations, featureNetwork, reals, samples, adapter, oracleRatios, variants };
}

const evidence = existsSync(out) ? read(out) : {};
for (const [name, measured] of named(labels)) {
  const set = labelSet(name, measured);
  const sets = evidence.labelSets ?? [];
  const at = sets.findIndex((other) => other.name === name);
  const before = sets[at];
  const same = before && ['pictures', 'classes', 'clip', 'seeds'].every((key) => before[key] === set[key]);
  if (same)
    for (const [kept, row] of Object.entries({ ...before.kept, ...set.kept }))
      set.kept[kept] = withPromptsOf(before.kept[kept], row);
  evidence.labelSets = at < 0 ? [...sets, set] : sets.with(at, set);
  if (name === 'sample' && set.kept['20%']) {
    const { labelInference, zeroShot, linearProbe } = set.kept['20%'];
    Object.assign(evidence, { labelAccuracy20: labelInference, zeroShot, linearProbe20: linearProbe, labelSet: name });
  }
}
for (const [name, measured] of named(study)) {
  const found = studyOf(measured);
  evidence[name] = { ...evidence[name], ...found };
  const ratios = found.oracleRatios;
  if (name === 'ablation') {
    evidence.seeds = ratios.length;
    evidence.oracleRatio20 = found.labels === 0.2 && ratios.length > 0 ? rounded(mean(ratios)) : null;
  }
}
writeFileSync(out, `${JSON.stringify(evidence, null, 2)}\n`);
console.log(`Written to ${out}.`);
