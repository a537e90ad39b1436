// Gathers what `npm run labels` and `npm run ablate` measured into docs/evidence.json, the machine-readable side of
// docs/evidence.md:
//   node scripts/evidence.mjs --labels sample=FILE.json --labels cifar10=FILE.json --ablation runs/ablation/ablation.json [--out docs/evidence.json]
// The first label set is the one whose figures stand at the top. Accuracies and ratios are means over seeds.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    labels: { type: 'string', multiple: true, default: [] },
    ablation: { type: 'string' },
    out: { type: 'string', default: 'docs/evidence.json' },
  },
});
if (values.labels.length === 0 || values.ablation === undefined) {
  console.error(
    'Usage: node scripts/evidence.mjs --labels NAME=FILE.json [--labels ...] --ablation ablation.json [--out docs/evidence.json]',
  );
  process.exit(2);
}
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
const rounded = (number) => Number(number.toFixed(4));

const labelSets = values.labels.map((entry) => {
  const [name, file] = [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)];
  const { pictures, classes, clip, rows } = read(file);
  const kept = Object.fromEntries(
    rows.map((row) => [
      row.kept,
      Object.fromEntries(Object.entries(row.mean).map(([key, value]) => [key, value === null ? null : rounded(value)])),
    ]),
  );
  return { name, pictures, classes, clip, seeds: rows[0].seeds.length, kept };
});
const [first] = labelSets;
const { labels, results } = read(values.ablation);
const byVariant = results.reduce(
  (groups, result) => groups.set(result.variant, [...(groups.get(result.variant) ?? []), result]),
  new Map(),
);
const oracle = new Map((byVariant.get('oracle') ?? []).map(({ seed, frechet }) => [seed, frechet]));
const ratios = (byVariant.get('full') ?? [])
  .filter(({ seed }) => oracle.has(seed))
  .map(({ seed, frechet }) => frechet / oracle.get(seed));
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
const evidence = {
  seeds: ratios.length,
  oracleRatio20: labels === 0.2 && ratios.length > 0 ? rounded(mean(ratios)) : null,
  labelAccuracy20: first.kept['20%'].labelInference,
  zeroShot: first.kept['20%'].zeroShot,
  linearProbe20: first.kept['20%'].linearProbe,
  labelSet: first.name,
  labelSets,
  ablation: {
    labels,
    kimg,
    iterations,
    featureNetwork,
    reals,
    samples,
    adapter,
    oracleRatios: ratios.map(rounded),
    variants,
  },
};
writeFileSync(values.out, `${JSON.stringify(evidence, null, 2)}\n`);
console.log(`Written to ${values.out}.`);
