import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { presets } from '../../shared/config';
import { gridSheet } from './gridSheet';
import { everyVariant, planRuns, studyPresets, studySize } from './plan';
import { footing, markdownTable, oracleRatio } from './report';
import { fingerprintOf, meanAndDeviation, readResult, type RunResult } from './result';

const judged = { labels: 0.2, clip: 'clip-nano', samples: 100, network: 'resnet50-imagenet' };

function resultOf(variant: RunResult['variant'], seed: number, frechet: number | null): RunResult {
  return {
    variant,
    seed,
    frechet,
    kid: 0.01,
    precision: 0.5,
    recall: 0.25,
    coverage: 0.1,
    classAccuracy: 0.4,
    labelAccuracy: variant === 'oracle' ? null : 0.8,
    kimg: 1,
    iterations: 125,
    fingerprint: 'f',
    featureNetwork: 'ResNet-50',
    reals: 2000,
    samples: 1000,
    adapter: 'test',
    seconds: 1,
  };
}

describe('planRuns', () => {
  const runs = planRuns(presets.tiny, everyVariant, 3);

  it('runs every variant once a seed, seed by seed', () => {
    expect(runs).toHaveLength(3 * everyVariant.length);
    expect(runs.slice(0, everyVariant.length).map(({ variant }) => variant)).toEqual(everyVariant);
    expect(runs.map(({ config }) => config.seed)).toEqual(runs.map(({ seed }) => seed));
  });

  it('begins with the seed that is asked for', () => {
    expect(planRuns(presets.tiny, ['full'], 2, 4).map(({ config }) => config.seed)).toEqual([4, 5]);
  });

  it('gives all labels to the oracle alone', () => {
    expect(new Set(runs.filter(({ oracle }) => oracle).map(({ variant }) => variant))).toEqual(new Set(['oracle']));
  });

  it('keeps the budget of every variant equal', () => {
    const budget = ({
      kimg,
      batch,
      discriminatorSteps,
      generator,
      discriminator,
    }: (typeof runs)[number]['config']): string =>
      JSON.stringify([kimg, batch, discriminatorSteps, generator, discriminator]);
    expect(new Set(runs.map(({ config }) => budget(config))).size).toBe(1);
  });

  it.each(['biggan', 'stylegan2'] as const)('changes something in every variant but the full method: %s', (base) => {
    for (const size of studyPresets) expect(studySize(size, base).config.base).toBe(base);
    const [full, ...others] = planRuns(studySize('tiny', base).config, everyVariant, 1);
    for (const { config, variant } of others)
      expect({ ...config, preset: 'custom' }, variant).not.toEqual({ ...full?.config, preset: 'custom' });
  });
});

describe('results', () => {
  const [run] = planRuns(presets.tiny, ['full'], 1);
  if (!run) throw new Error('no run');
  const fingerprint = fingerprintOf(run, ['a', 'b'], judged);

  it('are told apart by configuration, pictures and judge', () => {
    expect(fingerprintOf(run, ['a', 'c'], judged)).not.toBe(fingerprint);
    expect(fingerprintOf(run, ['a', 'b'], { ...judged, samples: 101 })).not.toBe(fingerprint);
    expect(fingerprintOf({ ...run, config: { ...run.config, kimg: 2 } }, ['a', 'b'], judged)).not.toBe(fingerprint);
    expect(fingerprintOf(run, ['a', 'b'], judged)).toBe(fingerprint);
    expect(fingerprintOf(run, ['a', 'b'], { ...judged, critic: 'clip-nano' })).toBe(fingerprint);
    expect(fingerprintOf(run, ['a', 'b'], { ...judged, critic: 'clip-lit' })).not.toBe(fingerprint);
    const unjudged = { ...run, config: { ...run.config, clipHead: { ...run.config.clipHead, weight: 0 } } };
    expect(fingerprintOf(unjudged, ['a', 'b'], { ...judged, critic: 'clip-lit' })).toBe(
      fingerprintOf(unjudged, ['a', 'b'], judged),
    );
    // How many other runs a call asks for is no part of a run.
    const asked = { ...judged, seeds: 5, variants: ['full'] };
    expect(fingerprintOf(run, ['a', 'b'], asked)).toBe(fingerprint);
  });

  it('are read again only if they are whole and of this run', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'ablation-')), 'result.json');
    expect(readResult(file, fingerprint)).toBeNull();
    writeFileSync(file, JSON.stringify({ ...resultOf('full', 1, 10), fingerprint }));
    expect(readResult(file, fingerprint)?.frechet).toBe(10);
    expect(readResult(file, 'another')).toBeNull();
    writeFileSync(file, '{"variant": "fu');
    expect(readResult(file, fingerprint)).toBeNull();
  });

  it('have a mean and a sample deviation over what was measured', () => {
    expect(meanAndDeviation([1, null, 3])).toEqual({ mean: 2, deviation: Math.SQRT2, count: 2 });
    expect(meanAndDeviation([null])).toBeNull();
  });
});

describe('the report', () => {
  const results = [
    resultOf('full', 1, 90),
    resultOf('full', 2, 110),
    resultOf('oracle', 1, 100),
    resultOf('oracle', 2, 100),
    resultOf('oneHot', 1, null),
  ];

  it('takes the ratio to the oracle seed by seed', () => {
    expect(oracleRatio(results)).toBeCloseTo(1, 12);
    expect(oracleRatio(results, 'oneHot')).toBeNull();
  });

  it('has a line a variant, with deviations, and says what it stands on', () => {
    const lines = markdownTable(results, ['full', 'oneHot', 'oracle']).split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[2]).toBe(
      '| LCP-GAN | 2 | 100.0 ± 14.1 | 10.00 ± 0.00 | 0.500 ± 0.000 | 0.250 ± 0.000 | 0.100 ± 0.000 | 40.0% ± 0.0 | 80.0% ± 0.0 | 1.000 |',
    );
    expect(lines[3]).toContain('| one-hot u | 1 |  | 10.00 |');
    expect(footing(results, 0.2)).toContain('not comparable with Inception FID');
  });

  it('sets grids side by side, three a row', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'grids-'));
    const file = join(folder, 'grid.png');
    await sharp({ create: { width: 300, height: 40, channels: 3, background: '#f00' } })
      .png()
      .toFile(file);
    const { width, height } = await sharp(
      await gridSheet(Array.from({ length: 4 }, (_, index) => ({ title: `a < ${index}`, file }))),
    ).metadata();
    expect(width).toBe(3 * 310 + 10);
    expect(height).toBe(2 * (40 + 22 + 10) + 10);
  });
});
