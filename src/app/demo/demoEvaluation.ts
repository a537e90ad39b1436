/**
 * A measurement for the demonstration: inventions that shrink as the scripted run goes on. Nothing of it may be shown
 * as a result.
 */
import type { GroupEvaluation } from '../../session/evaluation/evaluation';
import type { EventOf } from '../../session/protocol/events';
import type { Slot } from '../../shared/domain';
import { imageIndex } from '../../shared/indices';

const jitter = (value: number): number => value * (0.95 + 0.1 * Math.random());

export interface DemoMeasurement {
  kimg: number;
  samples: number;
  classes: readonly string[];
  slots: readonly Slot[];
  images: number;
  size: number;
  /** Tiles that stand for samples, RGBA. */
  tiles: readonly Uint8ClampedArray[];
}

export function demoEvaluation({
  kimg,
  samples,
  classes,
  slots,
  images,
  size,
  tiles,
}: DemoMeasurement): EventOf<'evaluation'> {
  const far = 900 * Math.exp(-kimg / 40) + 120;
  const kid = (mean: number) => ({
    mean,
    standardError: mean / 40,
    deviation: mean / 30,
    subsets: 50,
    subsetSize: 100,
  });
  const group = (index: number, name: string, accuracy: number | null): GroupEvaluation => {
    const counts = { index, name, reals: 90, samples: Math.round(samples / slots.length) };
    if (index % 5 === 4)
      return {
        ...counts,
        frechet: null,
        kid: null,
        precision: null,
        recall: null,
        density: null,
        coverage: null,
        accuracy,
        reason: '12 reals and 9 samples: at least 20 of each are needed.',
      };
    return {
      ...counts,
      frechet: jitter(1.3 * far),
      kid: kid(jitter(far / 400)),
      precision: 0.6,
      recall: 0.4,
      density: 0.8,
      coverage: 0.5,
      accuracy,
      reason: '',
    };
  };
  const pairs = Array.from({ length: Math.min(12, tiles.length) }, (_, i) => ({
    sample: i,
    real: imageIndex((37 * i) % Math.max(1, images)),
    distance: 9 + i,
    rank: 0.02 * (i + 1),
    pixelDifference: 30 + i,
  }));
  const rgba = new Uint8ClampedArray(pairs.length * size * size * 4);
  pairs.forEach(({ sample }, i) => rgba.set(tiles[sample] ?? [], i * size * size * 4));
  const result = {
    version: 1 as const,
    created: new Date().toISOString(),
    kimg,
    featureNetwork: {
      id: 'demonstration',
      name: 'demonstration',
      licence: 'none',
      hash: '0',
      dim: 2048,
      inputSize: 224,
      independent: true,
      comparableWithInceptionFid: false,
      note: '',
    },
    counts: { reals: images, samples, labeledReals: Math.round(images / 4) },
    seed: 1,
    k: 5,
    frechet: jitter(far),
    kid: kid(jitter(far / 500)),
    precision: 0.62,
    recall: 0.41,
    density: 0.83,
    coverage: 0.55,
    perClass: classes.map((name, c) => group(c, name, 0.7)),
    perCluster: slots.map(({ slot, classIndex, cluster }) =>
      group(slot, `${classes[classIndex] ?? ''} ${cluster + 1}`, null),
    ),
    classifier: {
      name: 'linear probe on demonstration features',
      trainedOn: 200,
      heldOut: 50,
      accuracyOnReals: 0.9,
      accuracyOnSamples: 0.71,
      samples,
    },
    classifierReason: '',
    copies: { share: 0.012, suspects: 3, samePixels: 0, threshold: 8, percentile: 0.01, pairs },
    comparableWithInceptionFid: false,
    note: 'A demonstration: these numbers are inventions.',
  };
  return { type: 'evaluation', result, size, copies: rgba.buffer };
}
