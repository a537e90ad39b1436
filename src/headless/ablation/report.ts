/** The end of an ablation study: a Markdown table of all variants, and one picture of their grids of the same seed. */
import { ablations, type AblationId } from '../../shared/ablations';
import { meanAndDeviation, numberNames, type RunNumbers, type RunResult } from './result';

const headings: Record<keyof RunNumbers, string> = {
  frechet: 'FD',
  kid: 'KID x 1000',
  precision: 'precision',
  recall: 'recall',
  coverage: 'coverage',
  classAccuracy: 'class accuracy',
  labelAccuracy: 'labels right',
};

/** How a mean and its deviation over seeds are written. */
function cell(name: keyof RunNumbers, values: readonly (number | null)[]): string {
  const found = meanAndDeviation(values);
  if (!found) return '';
  const percent = name === 'classAccuracy' || name === 'labelAccuracy';
  const factor = name === 'kid' ? 1000 : percent ? 100 : 1;
  const digits = name === 'frechet' || percent ? 1 : name === 'kid' ? 2 : 3;
  const spread = found.count > 1 ? ` ± ${(factor * found.deviation).toFixed(digits)}` : '';
  return `${(factor * found.mean).toFixed(digits)}${percent ? '%' : ''}${spread}`;
}

/**
 * Frechet distance of the method over that of the fully supervised base: the paper's yardstick. Mean of the ratios seed
 * by seed; null without both.
 */
export function oracleRatio(results: readonly RunResult[], variant: AblationId = 'full'): number | null {
  const ratios = results
    .filter((result) => result.variant === variant)
    .map(({ seed, frechet }) => {
      const base = results.find((result) => result.variant === 'oracle' && result.seed === seed)?.frechet;
      return frechet === null || base === null || base === undefined ? null : frechet / base;
    });
  return meanAndDeviation(ratios)?.mean ?? null;
}

/** One line a variant: mean ± deviation over seeds, and the ratio of its Frechet distance to the oracle's. */
export function markdownTable(results: readonly RunResult[], variants: readonly AblationId[]): string {
  const lines = variants.map((variant) => {
    const own = results.filter((result) => result.variant === variant);
    const ratio = oracleRatio(results, variant);
    return `| ${[
      ablations[variant].title,
      String(own.length),
      ...numberNames.map((name) =>
        cell(
          name,
          own.map((result) => result[name]),
        ),
      ),
      ratio === null ? '' : ratio.toFixed(3),
    ].join(' | ')} |`;
  });
  const titles = ['variant', 'seeds', ...numberNames.map((name) => headings[name]), 'FD / oracle FD'];
  return [`| ${titles.join(' | ')} |`, `|${titles.map(() => '---').join('|')}|`, ...lines].join('\n');
}

/** What the table stands on, in a sentence. */
export function footing(results: readonly RunResult[], labels: number): string {
  const [first] = results;
  if (!first) return 'No run has ended yet.';
  const { kimg, iterations, featureNetwork, reals, samples, adapter } = first;
  return `Each run: ${kimg} kimg (${iterations} iterations) on ${adapter}; ${Math.round(100 * labels)}% of each class's labels kept, all of them for the oracle. FD and KID on ${featureNetwork} features, ${samples.toLocaleString('en-US')} samples against ${reals.toLocaleString('en-US')} reals: not comparable with Inception FID. Mean ± deviation over seeds.`;
}
