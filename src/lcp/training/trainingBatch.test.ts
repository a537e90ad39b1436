import { describe, expect, it } from 'vitest';
import type { Slot } from '../../shared/domain';
import { presets } from '../../shared/config';
import { CounterRandom } from '../../shared/rng';
import { SparseRows } from '../partition/sparseRows';
import { BatchComposer } from './trainingBatch';

const slots: Slot[] = [
  { slot: 0, classIndex: 0, cluster: 0 },
  { slot: 1, classIndex: 0, cluster: 1 },
  { slot: 2, classIndex: 1, cluster: 0 },
];
/** Five images: two of class 0 (soft), one of class 1, one of class 1 without trust, one torn between the classes. */
const dense = [0.7, 0.3, 0, 0.2, 0.8, 0, 0, 0, 1, 0, 0, 1, 0.3, 0.3, 0.4];
const u = SparseRows.fromDense(dense, 3);
const w = Float32Array.from([1, 0.5, 1, 0, 0.2]);
const config = { ...presets.tiny, batch: 8, discriminatorSteps: 2 };
const indices = Int32Array.from({ length: 16 }, (_, i) => i % 5);

function rowOf(rows: Float32Array, i: number): number[] {
  return [...rows.subarray(3 * i, 3 * i + 3)];
}

describe('BatchComposer', () => {
  const composer = new BatchComposer(config, slots, { u, w });

  it('gives every discriminator step its reals with their trust', () => {
    const { discriminator, generatorConditions } = composer.compose(0, indices);
    expect(discriminator.map((batch) => batch.indices)).toEqual([indices.slice(0, 8), indices.slice(8)]);
    for (const batch of discriminator) batch.indices.forEach((image, i) => expect(batch.w[i]).toBe(w[image]));
    expect(generatorConditions.length).toBe(8 * 3);
  });

  it('draws conditions soft or one-hot, in about equal parts', () => {
    let soft = 0;
    let hard = 0;
    for (let iteration = 0; iteration < 200; iteration++) {
      const [batch] = composer.compose(iteration, new Int32Array(16).fill(0)).discriminator;
      for (let i = 0; i < 8; i++) {
        const row = rowOf(batch?.u ?? new Float32Array(), i);
        if (row.includes(1)) hard++;
        else if (Math.abs((row[0] ?? 0) - 0.7) < 1e-6) soft++;
      }
    }
    expect(soft + hard).toBe(1600);
    // Five standard deviations of a fair draw: 5 * sqrt(1600) / 2.
    expect(Math.abs(soft - 800)).toBeLessThan(100);
  });

  it('takes fakes’ conditions from trusted images, and wrong ones from another class', () => {
    for (let iteration = 0; iteration < 50; iteration++) {
      for (const batch of composer.compose(iteration, indices).discriminator) {
        batch.indices.forEach((image, i) => {
          const ownClass = [0, 0, 1, 1, 0][image];
          const wrong = rowOf(batch.uWrong, i);
          const masses = [(wrong[0] ?? 0) + (wrong[1] ?? 0), wrong[2] ?? 0];
          // Image 4, of class 0, can be drawn one-hot in class 1, and the other way round: only then do the masses
          // mislead.
          if (!wrong.includes(1)) expect(masses[ownClass ?? 0]).not.toBe(1);
          expect(
            (rowOf(batch.uFake, i)[0] ?? 0) + (rowOf(batch.uFake, i)[1] ?? 0) + (rowOf(batch.uFake, i)[2] ?? 0),
          ).toBeCloseTo(1, 6);
        });
      }
    }
    const sure = new BatchComposer(config, slots, { u: SparseRows.fromDense(dense.slice(0, 12), 3), w: w.slice(0, 4) });
    for (const batch of sure.compose(
      3,
      Int32Array.from({ length: 16 }, (_, i) => i % 4),
    ).discriminator) {
      batch.indices.forEach((image, i) => expect(rowOf(batch.uWrong, i)[2]).toBe(image < 2 ? 1 : 0));
    }
  });

  it('repeats an iteration to the bit and differs between iterations', () => {
    expect(composer.compose(7, indices)).toEqual(composer.compose(7, indices));
    expect(composer.compose(7, indices)).not.toEqual(composer.compose(8, indices));
  });

  it('never mirrors where mirroring is off', () => {
    const upright = new BatchComposer({ ...config, augment: { ...config.augment, horizontalFlip: false } }, slots, {
      u,
      w,
    });
    for (let iteration = 0; iteration < 10; iteration++) {
      for (const { flips } of upright.compose(iteration, indices).discriminator)
        expect(flips).toEqual(new Float32Array(8));
    }
    const flips = Array.from({ length: 50 }, (_, iteration) =>
      composer.compose(iteration, indices).discriminator.flatMap((batch) => [...batch.flips]),
    ).flat();
    const mirrored = flips.filter((flip) => flip === 1).length;
    expect(Math.abs(mirrored - 400)).toBeLessThan((5 * Math.sqrt(800)) / 2);
  });

  it('leaves the term of u_wrong out where there is one class only', () => {
    const alone = new BatchComposer(config, slots, { u: SparseRows.fromDense(dense.slice(0, 6), 3), w: w.slice(0, 2) });
    for (const batch of alone.compose(
      0,
      Int32Array.from({ length: 16 }, (_, i) => i % 2),
    ).discriminator) {
      expect(batch.wWrong).toEqual(new Float32Array(8));
      batch.indices.forEach((image, i) => expect(batch.w[i]).toBe(w[image]));
    }
    for (const { wWrong, w: own } of composer.compose(0, indices).discriminator) expect(wWrong).toEqual(own);
  });

  it('refuses what cannot be trained on', () => {
    expect(() => new BatchComposer(config, slots, { u, w: new Float32Array(5) })).toThrow(/trusted/);
    expect(() => composer.compose(0, new Int32Array(8))).toThrow(RangeError);
    expect(composer.drawConditions(5, new CounterRandom(1)).length).toBe(15);
  });
});
