// Measurements of pictures by a tiny random network: whether what must be seen is seen (copies, lost classes, wrong
// classes), whether what cannot be measured is said, and that every number names its features.
import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { MemoryBlobStore } from '../../data/blobStore';
import { openListedNetwork, type FeatureNetwork } from '../../metrics/featureNetwork';
import { openNodeModel } from '../../metrics/nodeRuntime';
import { tinyEntry, tinyNetwork } from '../../metrics/testing';
import { CounterRandom } from '../../shared/rng';
import { evaluateSamples, type EvaluateInput, type PictureSet } from './evaluate';
import { evaluationSchema } from './evaluation';
import { describeEvaluation, groupsCsv } from './evaluationReport';

const size = 8;
const one = size * size * 3;
const random = new CounterRandom(9, 937);

/** Pictures of two classes: class 0 bright red above, class 1 blue stripes; clusters by brightness. */
function pictures(labels: readonly number[]): PictureSet {
  const pixels = new Uint8Array(labels.length * one);
  const slots = Int32Array.from(labels, (label) => 2 * label + random.integer(2));
  labels.forEach((label, n) => {
    const light = 40 * ((slots[n] as number) % 2);
    for (let i = 0; i < size * size; i += 1) {
      const y = Math.floor(i / size);
      const [r, b] = label === 0 ? [y < size / 2 ? 150 + light : 30, 40] : [20, i % 2 === 0 ? 150 + light : 60];
      pixels.set(
        [r, 60, b].map((value) => Math.max(0, Math.min(255, value + Math.round(12 * random.normal())))),
        n * one + i * 3,
      );
    }
  });
  return { pixels, labels: Int32Array.from(labels), slots };
}

const halves = (n: number): number[] => Array.from({ length: n }, (_, i) => i % 2);
const openTiny = (): Promise<FeatureNetwork> =>
  openListedNetwork(tinyEntry(24), { bytes: tinyNetwork({ dim: 24 }), hash: 'a'.repeat(64) }, openNodeModel);

async function measure(changes: Partial<EvaluateInput> = {}) {
  const network = await openTiny();
  try {
    return await evaluateSamples({
      network,
      size,
      reals: pictures(halves(80)),
      samples: pictures(halves(60)),
      classNames: ['red', 'blue'],
      slotNames: ['red 1', 'red 2', 'blue 1', 'blue 2'],
      seed: 1,
      ...changes,
    });
  } finally {
    await network.close();
  }
}

describe('samples like the reals', () => {
  it('measure well, class by class and cluster by cluster, and every number says on what it stands', async () => {
    const found = await measure({ kimg: 2 });
    expect(v.parse(evaluationSchema, JSON.parse(JSON.stringify(found)))).toEqual(found);
    expect(found.counts).toEqual({ reals: 80, samples: 60, labeledReals: 80 });
    expect(found.precision).toBeGreaterThan(0.7);
    expect(found.coverage).toBeGreaterThan(0.7);
    expect(Math.abs(found.kid?.mean ?? 1)).toBeLessThan(4 * (found.kid?.standardError ?? 0));
    expect(found.classifier).toMatchObject({ accuracyOnReals: 1, samples: 60, trainedOn: 64, heldOut: 16 });
    expect(found.classifier?.accuracyOnSamples).toBeGreaterThan(0.95);
    expect(found.perClass.map(({ name, reals, samples, reason }) => [name, reals, samples, reason])).toEqual([
      ['red', 40, 30, ''],
      ['blue', 40, 30, ''],
    ]);
    expect(found.perCluster.every((group) => (group.frechet === null) === (group.reason !== ''))).toBe(true);
    expect(found.comparableWithInceptionFid).toBe(false);
    const lines = describeEvaluation(found).join('\n');
    expect(lines).toContain('FD on tiny test network features');
    expect(lines).toContain('Not comparable with Inception FID');
    expect(lines).not.toMatch(/^FID/m);
    expect(groupsCsv([found]).trim().split('\r\n').length).toBe(1 + 1 + 2 + 4);
  });

  it('give the same numbers again, with the reals looked at only once', async () => {
    const network = await openTiny();
    const store = new MemoryBlobStore();
    let looked = 0;
    const counting: FeatureNetwork = {
      ...network,
      features: (rgb, side) => ((looked += rgb.length / one), network.features(rgb, side)),
    };
    const input = {
      network: counting,
      size,
      reals: pictures(halves(40)),
      samples: pictures(halves(40)),
      classNames: ['red', 'blue'],
      slotNames: [],
      seed: 4,
      store,
    };
    const [first, second] = [await evaluateSamples(input), await evaluateSamples(input)];
    expect({ ...second, created: '' }).toEqual({ ...first, created: '' });
    expect(looked).toBe(40 + 40 + 40);
    await network.close();
  });
});

describe('what is wrong with samples', () => {
  it('copies are found and shown with their real', async () => {
    const reals = pictures(halves(80));
    const samples = pictures(halves(40));
    samples.pixels.set(reals.pixels.subarray(7 * one, 8 * one), 3 * one);
    const { copies } = await measure({ reals, samples });
    expect(copies?.pairs[0]).toMatchObject({ sample: 3, real: 7, pixelDifference: 0, rank: 0 });
    expect(copies?.samePixels).toBeGreaterThanOrEqual(1);
  });

  it('a class that is never drawn costs recall and coverage and is named as unmeasured', async () => {
    const found = await measure({ samples: pictures(Array.from({ length: 40 }, () => 0)) });
    expect(found.coverage).toBeLessThan(0.6);
    expect(found.recall).toBeLessThan(0.6);
    expect(found.perClass[1]).toMatchObject({ samples: 0, frechet: null, accuracy: null });
    expect(found.perClass[1]?.reason).toContain('at least 20');
  });

  it('classes that were asked for and not drawn cost accuracy', async () => {
    const samples = pictures(halves(40));
    const found = await measure({ samples: { ...samples, labels: samples.labels.map((label) => 1 - label) } });
    expect(found.classifier?.accuracyOnSamples).toBeLessThan(0.1);
    expect(found.classifier?.accuracyOnReals).toBe(1);
  });
});

describe('what cannot be measured', () => {
  it('is refused for too few pictures, and said for too few labels', async () => {
    await expect(measure({ samples: pictures(halves(6)) })).rejects.toThrow(/too few/);
    await expect(measure({ reals: pictures(halves(6)) })).rejects.toThrow(/too few/);
    const reals = pictures(halves(80));
    const unlabeled = await measure({ reals: { ...reals, labels: reals.labels.map(() => -1), classes: reals.labels } });
    expect(unlabeled.classifier).toBeNull();
    expect(unlabeled.classifierReason).toContain('too few');
    expect(unlabeled.perClass[0]?.frechet).not.toBeNull();
  });

  it('on CLIP’s own features no accuracy is claimed, and the note says why they are a rough guide', async () => {
    const network = await openTiny();
    const found = await measure({ network: { ...network, identity: { ...network.identity, independent: false } } });
    expect(found.classifier).toBeNull();
    expect(found.perClass.every(({ accuracy }) => accuracy === null)).toBe(true);
    expect(found.note).toContain('rough guide');
    await network.close();
  });

  it('Inception’s distance is FID only at the published number of samples', async () => {
    const network = await openTiny();
    const found = await measure({
      network: { ...network, identity: { ...network.identity, comparableWithInceptionFid: true } },
    });
    expect(found.comparableWithInceptionFid).toBe(false);
    expect(describeEvaluation(found)[0]).toMatch(/^FD on /);
    expect(found.note).toContain('50,000');
    await network.close();
  });
});

describe('in mid-way', () => {
  it('a measurement ends when asked to, and draws only after the reals were seen', async () => {
    const stop = new AbortController();
    const order: string[] = [];
    const running = measure({
      signal: stop.signal,
      onProgress: (label) => order.push(label),
      samples: {
        count: 40,
        generate: (count, seed) => {
          expect([count, seed]).toEqual([40, 1]);
          stop.abort(new Error('enough'));
          return Promise.resolve(pictures(halves(count)));
        },
      },
    });
    await expect(running).rejects.toThrow('enough');
    expect([...new Set(order)]).toEqual(['Looking at the reals', 'Drawing samples']);
  });
});
