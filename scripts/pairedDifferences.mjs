// Prints how much each variant's Frechet distance exceeds that of LCP-GAN: mean of the differences seed by seed, and
// its standard error.
//   node scripts/pairedDifferences.mjs ablation        a study in docs/evidence.json that has the variant "full"
import { readFileSync } from 'node:fs';

const evidence = JSON.parse(readFileSync(new URL('../docs/evidence.json', import.meta.url), 'utf8'));
const variants = evidence[process.argv[2] ?? 'ablation']?.variants;
if (!variants?.full) {
  console.error('Usage: node scripts/pairedDifferences.mjs ablation|twoPercent|clothing');
  process.exit(2);
}
for (const [name, { frechet }] of Object.entries(variants).filter(([variant]) => variant !== 'full')) {
  const differences = frechet.map((distance, seed) => distance - variants.full.frechet[seed]);
  const mean = differences.reduce((sum, each) => sum + each, 0) / differences.length;
  const variance = differences.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (differences.length - 1);
  console.log(`${name}: ${mean.toFixed(1)} ± ${Math.sqrt(variance / differences.length).toFixed(1)}`);
}
