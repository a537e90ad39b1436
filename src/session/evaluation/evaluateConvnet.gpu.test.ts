import { describe, expect, it } from 'vitest';
import { testEngine } from '../../gpu/testing/testEngine';
import { CounterRandom } from '../../shared/rng';
import { convnetProbe } from './evaluateConvnet';

const size = 8;
const random = new CounterRandom(3, 940);

/** Class 0: bright at the top; class 1: bright at the bottom. Colours say nothing, so that shape must be learnt. */
function pictures(labels: readonly number[]): Uint8Array {
  const pixels = new Uint8Array(labels.length * size * size * 3);
  labels.forEach((label, n) => {
    const tint = [random.integer(60), random.integer(60), random.integer(60)];
    for (let i = 0; i < size * size * 3; i += 1) {
      const top = Math.floor(i / (size * 3)) < size / 2;
      pixels[n * size * size * 3 + i] =
        (top === (label === 0) ? 150 : 40) + (tint[i % 3] as number) + random.integer(30);
    }
  });
  return pixels;
}

const halves = (n: number): number[] => Array.from({ length: n }, (_, i) => i % 2);

describe('the small network that judges classes', () => {
  it('learns what tells the classes apart, and is tested on reals that it never saw', async () => {
    await testEngine();
    const labels = Int32Array.from([...halves(60), -1, -1]);
    const shares: number[] = [];
    const asked = halves(20);
    const found = await convnetProbe({
      reals: pictures([...halves(60), 0, 1]),
      samples: pictures(asked),
      size,
      labels,
      seed: 1,
      mostSteps: 24,
      onProgress: (share) => shares.push(share),
    });
    expect(found).toMatchObject({ trainedOn: 48, heldOut: 12 });
    expect(found?.accuracyOnReals).toBeGreaterThan(0.9);
    expect([...(found?.predicted ?? [])].filter((c, i) => c === asked[i]).length).toBeGreaterThanOrEqual(18);
    expect(shares.at(-1)).toBe(1);
  });

  it('says nothing where labels are too few, and ends when asked to', async () => {
    await testEngine();
    const reals = pictures(halves(20));
    expect(
      await convnetProbe({ reals, samples: reals, size, labels: Int32Array.from(halves(20)), seed: 1 }),
    ).toBeNull();
    expect(await convnetProbe({ reals, samples: reals, size, labels: new Int32Array(20), seed: 1 })).toBeNull();
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    const many = pictures(halves(60));
    await expect(
      convnetProbe({
        reals: many,
        samples: many,
        size,
        labels: Int32Array.from(halves(60)),
        seed: 1,
        signal: stop.signal,
      }),
    ).rejects.toThrow('enough');
  });
});
