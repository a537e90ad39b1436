import { describe, expect, it } from 'vitest';
import { compileStep } from '../capture/plan';
import { randomUniform } from '../random/random';
import { randomArray, relativeError, sizeOf, toTensor } from '../testing/arrays';
import { checkOp } from '../testing/checkOp';
import { testEngine } from '../testing/testEngine';
import {
  grad,
  mean,
  scalar,
  square,
  sub,
  tidy,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '../tensor';
import { adaAugment, adaBgc, adaDraws, type AdaPolicy } from './adaAugment';
import { adaAugmentRef } from './adaAugment.ref';
import { adaColumn, type AdaDraw } from './draws';

type Shape = [number, number, number, number];

const policies: [string, AdaPolicy][] = [
  ['blitting', { blit: true, geometry: false, color: false }],
  ['geometry', { blit: false, geometry: true, color: false }],
  ['colour', { blit: false, geometry: false, color: true }],
  ['all', adaBgc],
];

/** Repeatable draws in [0, 1), multiples of 2^-24, with some set by hand. */
function drawsFor(batch: number, seed: number, set: Partial<Record<AdaDraw, number>> = {}): Float64Array {
  const draws = randomArray(adaDraws * batch, seed).map((value) => Math.floor((value / 2 + 0.5) * 2 ** 24) / 2 ** 24);
  for (const [name, value] of Object.entries(set))
    for (let b = 0; b < batch; b++) draws[b * adaDraws + adaColumn[name as AdaDraw]] = value;
  return draws;
}

function apply(x: Tensor, draws: Float64Array, p: number, policy: AdaPolicy): Tensor4D {
  return tidy(() =>
    adaAugment(
      x as Tensor4D,
      toTensor(draws, [draws.length / adaDraws, adaDraws]) as Tensor2D,
      scalar(p) as Scalar,
      policy,
    ),
  );
}

describe('adaAugment', () => {
  for (const [name, policy] of policies) {
    it(`equals its reference to second order: ${name}`, async () => {
      for (const [seed, [shape, p]] of (
        [
          [[2, 4, 6, 3], 1],
          [[1, 5, 9, 1], 1],
          [[3, 7, 4, 3], 0.5],
        ] as [Shape, number][]
      ).entries()) {
        const draws = drawsFor(shape[0], seed + 3);
        await checkOp({
          inputs: [{ shape }],
          op: (x) => apply(x, draws, p, policy),
          reference: (x) => adaAugmentRef(x, draws, p, shape, policy),
          outputShape: shape,
          // A linear map's second derivative is zero; the next test has one that is not.
          order: seed === 0 ? 2 : 1,
        });
      }
    });
  }

  it('lets curvature through, as R1 and consistency terms need', async () => {
    const shape: Shape = [2, 6, 5, 3];
    const draws = drawsFor(2, 11);
    await checkOp({
      inputs: [{ shape }],
      op: (x) => square(apply(x, draws, 1, adaBgc)),
      reference: (x) => adaAugmentRef(x, draws, 1, shape, adaBgc).map((value) => value ** 2),
      outputShape: shape,
    });
  });

  it('has the exact adjoint where a picture shrinks to a third of its width and mirrors many times', async () => {
    const shape: Shape = [1, 6, 7, 3];
    // A radius near 0 makes large normals: at this angle scale and stretch both shrink by 2^0.75 along one axis.
    const draws = drawsFor(1, 5, { radiusSize: 2 ** -20, angleSize: 0.375, radiusDrift: 2 ** -16, angleDrift: 0.1 });
    await checkOp({
      inputs: [{ shape }],
      op: (x) => apply(x, draws, 1, { blit: true, geometry: true, color: false }),
      reference: (x) => adaAugmentRef(x, draws, 1, shape, { blit: true, geometry: true, color: false }),
      outputShape: shape,
      order: 1,
    });
  });
});

describe('adaAugment as a whole', () => {
  it('gives the pictures back to the bit at p = 0, and blitted pixels to the bit', async () => {
    const shape: Shape = [2, 6, 6, 3];
    const x = toTensor(randomArray(sizeOf(shape), 1), shape);
    const values = await x.data();
    const same = apply(x, drawsFor(2, 1), 0, adaBgc);
    expect(await same.data()).toEqual(values);
    const turned = apply(x, drawsFor(2, 1, { flip: 0.9, quarter: 0.3, shiftX: 0.95 }), 1, {
      blit: true,
      geometry: false,
      color: false,
    });
    const found = new Set(values);
    (await turned.data()).forEach((value) => expect(found.has(value)).toBe(true));
    for (const tensor of [x, same, turned]) tensor.dispose();
  });

  it('applies each transform as often as p says', async () => {
    const batch = 512;
    const shape: Shape = [batch, 2, 2, 1];
    const x = toTensor(randomArray(sizeOf(shape), 3), shape);
    const step = scalar(0, 'int32');
    const draws = randomUniform([batch, adaDraws], { seed: 1, stream: 2, step }) as Tensor2D;
    const share = async (p: number, policy: AdaPolicy): Promise<number> => {
      const changed = tidy(() =>
        mean(square(sub(adaAugment(x as Tensor4D, draws, scalar(p) as Scalar, policy), x as Tensor4D)), [1, 2, 3]),
      );
      const found = Array.from(await changed.data()).filter((value) => value > 1e-9).length / batch;
      changed.dispose();
      return found;
    };
    // Brightness, contrast, and the half of luma flips that do flip; four deviations of a share among 512 are 0.09.
    const expected = 1 - (1 - 0.3) ** 2 * (1 - 0.15);
    expect(relativeError([await share(0.3, { blit: false, geometry: false, color: true })], [expected])).toBeLessThan(
      0.09 / expected,
    );
    expect(await share(0, adaBgc)).toBe(0);
    for (const tensor of [x, step, draws]) tensor.dispose();
  });

  it('takes another p and other draws in each replayed step, and compiles nothing for it', async () => {
    const { context } = await testEngine();
    const pictures = toTensor(randomArray(2 * 4 * 4 * 3, 4), [2, 4, 4, 3]) as Tensor4D;
    const steps = [true, false].map((eager) =>
      compileStep<'p' | 'step'>({
        name: 'ada',
        inputs: { p: { shape: [] }, step: { shape: [], dtype: 'int32' } },
        body: ({ p, step }) => {
          const draws = randomUniform([2, adaDraws], { seed: 1, stream: 1, step }) as Tensor2D;
          return { change: mean(square(sub(adaAugment(pictures, draws, p as Scalar), pictures))) };
        },
        eager,
      }),
    );
    let pipelines = 0;
    const original = context.device.createComputePipeline.bind(context.device);
    const runs: number[][] = [[], []];
    for (const [n, step] of steps.entries()) {
      await step.prepare();
      if (n === 1) {
        context.device.createComputePipeline = (descriptor) => {
          pipelines++;
          return original(descriptor);
        };
      }
      for (const [at, p] of [0, 1, 0.25, 0].entries()) {
        step.run({ p: Float32Array.of(p), step: Int32Array.of(at) });
        runs[n]?.push((await step.readStats())['change'] ?? NaN);
      }
    }
    context.device.createComputePipeline = original;
    expect(runs[1]).toEqual(runs[0]);
    expect([runs[1]?.[0], runs[1]?.[3]]).toEqual([0, 0]);
    expect(runs[1]?.[1]).toBeGreaterThan(0.01);
    expect(pipelines).toBe(0);
    for (const thing of [...steps, pictures]) thing.dispose();
  });

  it('takes two dispatches forward and one more for the gradient', async () => {
    const { backend } = await testEngine();
    const shape = [2, 4, 4, 3];
    const [x, dy, draws, p] = [
      toTensor(randomArray(96, 1), shape),
      toTensor(randomArray(96, 2), shape),
      toTensor(drawsFor(2, 1), [2, adaDraws]),
      scalar(0.5),
    ];
    const before = backend.counters.dispatches;
    tidy(() => grad((t: Tensor) => adaAugment(t as Tensor4D, draws as Tensor2D, p as Scalar))(x, dy)).dispose();
    expect(backend.counters.dispatches - before).toBe(3);
    for (const tensor of [x, dy, draws, p]) tensor.dispose();
  });

  it('refuses what does not fit', () => {
    const [x, draws, p] = [
      toTensor(randomArray(32, 1), [1, 4, 4, 2]),
      toTensor(drawsFor(1, 1), [1, adaDraws]),
      scalar(0.5),
    ];
    expect(() => adaAugment(x as Tensor4D, draws as Tensor2D, p as Scalar)).toThrow(/channels/);
    expect(() => adaAugment(x as Tensor4D, x as Tensor as Tensor2D, p as Scalar)).toThrow(/draws/);
    for (const tensor of [x, draws, p]) tensor.dispose();
  });
});
