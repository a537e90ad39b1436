import { afterEach, describe, expect, it } from 'vitest';
import { matMul } from '../../gpu/matmul/matmul';
import { grad, reshape, tensor2d, tidy, type Tensor, type Tensor2D, type Tensor3D } from '../../gpu/tensor';
import { testEngine } from '../../gpu/testing/testEngine';
import { relativeError } from '../../gpu/testing/arrays';
import type { Slot } from '../../shared/domain';
import { CounterRandom } from '../../shared/rng';
import { promptLoss, promptTargets, samePartnerWeights } from './promptLoss';
import { initialContext } from './promptStart';
import { PromptTrainer, type PromptEpoch, type PromptTrainerOptions } from './promptTraining';
import { SparseRows } from '../partition/sparseRows';

const slots: Slot[] = [
  { slot: 0, classIndex: 0, cluster: 0 },
  { slot: 1, classIndex: 0, cluster: 1 },
  { slot: 2, classIndex: 1, cluster: 0 },
];
const dim = 8;
const contextWidth = 5;
const coop = {
  contextLength: 4,
  slotChunk: 32,
  refreshKimg: 0,
  epochs: 12,
  batch: 32,
  recipe: 'coop',
  rate: 0.02,
  adamRate: 0.4,
} as const;
const adam = { ...coop, recipe: 'adam' } as const;
const made: PromptTrainer[] = [];

function unitRows(rows: number[][]): Float32Array {
  return Float32Array.from(rows.flatMap((row) => row.map((value) => value / Math.hypot(...row))));
}

/** Three orthogonal directions and 48 noisy unit features around them; image i lies near direction i mod 3. */
function toyFeatures(): { features: Float32Array; classIndex: Int32Array; memberships: SparseRows } {
  const random = new CounterRandom(3, 1);
  const centres = slots.map(({ slot }) => Array.from({ length: dim }, (_, k) => (k === slot ? 1 : 0)));
  const rows = Array.from({ length: 48 }, (_, i) =>
    (centres[i % 3] ?? []).map((value) => value + 0.2 * random.normal()),
  );
  const memberships = new Float32Array(48 * 3);
  for (let i = 0; i < 48; i++) {
    if (i % 3 === 2) memberships[3 * i + 2] = 1;
    else {
      memberships[3 * i + (i % 3)] = 0.9;
      memberships[3 * i + 1 - (i % 3)] = 0.1;
    }
  }
  return {
    features: unitRows(rows),
    classIndex: Int32Array.from({ length: 48 }, (_, i) => (i % 3 === 2 ? 1 : 0)),
    memberships: SparseRows.fromDense(memberships, 3),
  };
}

/** A linear stand-in for the text tower: a slot's context vectors, side by side, times a fixed matrix. */
function toyTower(context: Tensor3D): Tensor2D {
  const [slotCount, length, width] = context.shape;
  const random = new CounterRandom(8, 1);
  const weights = Float32Array.from({ length: length * width * dim }, () => random.normal());
  return matMul(reshape(context, [slotCount, length * width]) as Tensor2D, tensor2d(weights, [length * width, dim]));
}

function makeTrainer(changes: Partial<PromptTrainerOptions> = {}): PromptTrainer {
  const trainer = new PromptTrainer({
    config: coop,
    seed: 1,
    encode: toyTower,
    contextWidth,
    initialContext: initialContext(
      null,
      { slotCount: 3, contextLength: 4, width: contextWidth },
      0.02,
      new CounterRandom(1, 4),
    ),
    // CoOp's rates as they stand: s0 = 10.
    deviation: 0.02 * Math.sqrt(0.1),
    ...toyFeatures(),
    trust: new Float32Array(48).fill(1),
    slots,
    dim,
    logitScale: 10,
    ...changes,
  });
  made.push(trainer);
  return trainer;
}

/** Product of row i of a with row j of b. */
function cosine(a: ArrayLike<number>, i: number, b: ArrayLike<number>, j: number): number {
  return Array.from({ length: dim }, (_, k) => (a[i * dim + k] ?? NaN) * (b[j * dim + k] ?? NaN)).reduce(
    (x, y) => x + y,
  );
}

/** Section 3's loss, term by term, in float64. */
function lossReference(
  features: ArrayLike<number>,
  prompts: ArrayLike<number>,
  images: { classIndex: number; w: number; q: number[] }[],
  logitScale: number,
): number {
  let loss = 0;
  images.forEach(({ classIndex, w, q }, i) => {
    const weights = slots.map(({ slot }) => Math.exp(logitScale * cosine(features, i, prompts, slot)));
    const total = weights.reduce((x, y) => x + y);
    const own = slots.filter((slot) => slot.classIndex === classIndex);
    const ofClass = own.reduce((x, { slot }) => x + (weights[slot] ?? NaN), 0);
    const within = own.reduce((x, { slot }) => x + (q[slot] ?? NaN) * Math.log((weights[slot] ?? NaN) / ofClass), 0);
    loss += (w * (-Math.log(ofClass / total) - within)) / images.length;
  });
  const pairs = slots.flatMap((a) =>
    slots
      .filter((b) => a.slot !== b.slot && a.classIndex === b.classIndex)
      .map((b) => cosine(prompts, a.slot, prompts, b.slot)),
  );
  return loss + pairs.reduce((x, value) => x + Math.max(0, value - 0.9) ** 2, 0) / pairs.length;
}

afterEach(() => {
  for (const trainer of made.splice(0)) trainer.dispose();
});

describe('L_prompt', () => {
  const random = new CounterRandom(6, 1);
  const draw = (count: number): number[][] =>
    Array.from({ length: count }, () => Array.from({ length: dim }, () => random.normal()));
  const features = unitRows(draw(4));
  const [first = [], ...others] = draw(2);
  // The first class's two prompts are close, so that the repulsion is at work.
  const prompts = unitRows([first, first.map((value, k) => value + 0.1 * Math.sin(k)), ...others]);
  const images = [
    { classIndex: 0, w: 1, q: [0.7, 0.3, 0] },
    { classIndex: 0, w: 0.4, q: [0.1, 0.9, 0] },
    { classIndex: 1, w: 1, q: [0, 0, 1] },
    { classIndex: 1, w: 0, q: [0, 0, 1] },
  ];
  const source = {
    classIndex: images.map(({ classIndex }) => classIndex),
    trust: images.map(({ w }) => w),
    memberships: SparseRows.fromDense(
      images.flatMap(({ q }) => q),
      3,
    ),
    slots,
  };
  const targets = promptTargets(source, [0, 1, 2, 3], 6);
  const padded = new Float32Array(6 * dim);
  padded.set(features);

  function lossOf(m: Tensor): Tensor {
    return promptLoss(
      tensor2d(padded, [6, dim]),
      m as Tensor2D,
      tensor2d(targets, [6, 3]),
      tensor2d(samePartnerWeights(slots), [3, 3]),
      10,
    );
  }

  it('equals section 3 in float64, filled-up rows counting nothing', async () => {
    await testEngine();
    const loss = tidy(() => lossOf(tensor2d(prompts, [3, dim])));
    expect((await loss.data())[0]).toBeCloseTo(lossReference(features, prompts, images, 10), 5);
  });

  it('has the gradient of float64 differences', async () => {
    await testEngine();
    const gradient = tidy(() => grad(lossOf)(tensor2d(prompts, [3, dim])));
    const step = 1e-5;
    const values = [...prompts];
    const expected = values.map(
      (value, i) =>
        (lossReference(features, values.with(i, value + step), images, 10) -
          lossReference(features, values.with(i, value - step), images, 10)) /
        (2 * step),
    );
    expect(relativeError(await gradient.data(), expected)).toBeLessThan(1e-4);
  });

  it('normalises memberships within the class, and shares alike where there are none', () => {
    const odd = { ...source, memberships: SparseRows.fromDense([2, 2, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0], 3) };
    expect([...promptTargets(odd, [0, 1], 2)]).toEqual([0.25, 0.25, 0, Math.fround(0.1), Math.fround(0.1), 0]);
  });
});

describe('PromptTrainer', () => {
  it('lowers the loss, tells the epochs, and classifies by the learnt prompts', async () => {
    await testEngine();
    const epochs: PromptEpoch[] = [];
    const steps: number[] = [];
    const trainer = makeTrainer();
    const before = await trainer.read();
    const { context, features } = await trainer.train({
      onEpoch: (epoch) => void epochs.push(epoch),
      onStep: (done) => void steps.push(done),
    });
    expect(epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    expect(steps).toEqual(Array.from({ length: 24 }, (_, i) => i + 1));
    expect(epochs[11]?.loss).toBeLessThan(0.7 * (epochs[0]?.loss ?? NaN));
    expect(relativeError(context, before.context)).toBeGreaterThan(0.01);
    for (let s = 0; s < 3; s++) expect(Math.hypot(...features.subarray(s * dim, (s + 1) * dim))).toBeCloseTo(1, 5);
    const toy = toyFeatures();
    // Every image is nearest to a prompt of its own class.
    const right = toy.classIndex.filter((classIndex, i) => {
      const products = slots.map(({ slot }) => cosine(toy.features, i, features, slot));
      return slots[products.indexOf(Math.max(...products))]?.classIndex === classIndex;
    }).length;
    expect(right).toBeGreaterThan(44);
  });

  it('repeats from the seed, captured or eager', async () => {
    await testEngine();
    const first = await makeTrainer().train();
    expect(await makeTrainer().train()).toEqual(first);
    expect(await makeTrainer({ eager: true }).train()).toEqual(first);
  });

  it.each([
    [1, coop],
    [2, coop],
    [2, adam],
  ])('learns the same with %i slots at a time', async (slotChunk, config) => {
    await testEngine();
    const whole = makeTrainer({ config });
    const chunked = makeTrainer({ config: { ...config, slotChunk, epochs: 3 } });
    const reference = makeTrainer({ config: { ...config, epochs: 3 } });
    const losses: number[][] = [[], []];
    const [a, b] = [
      await reference.train({ onEpoch: ({ loss }) => void losses[0]?.push(loss) }),
      await chunked.train({ onEpoch: ({ loss }) => void losses[1]?.push(loss) }),
    ];
    expect(relativeError(b.context, [...a.context])).toBeLessThan(1e-5);
    expect(relativeError(b.features, [...a.features])).toBeLessThan(1e-5);
    expect(relativeError(losses[1] ?? [], losses[0] ?? [])).toBeLessThan(1e-5);
    expect(relativeError(a.context, [...(await whole.read()).context])).toBeGreaterThan(0.01);
    for (const trainer of [whole, chunked, reference]) trainer.dispose();
  });

  it('leaves images without trust out', async () => {
    await testEngine();
    const trust = Float32Array.from({ length: 48 }, (_, i) => (i < 40 ? 1 : 0));
    const trainer = makeTrainer({ trust });
    expect(trainer.stepsPerEpoch).toBe(2);
    const broken = toyFeatures();
    broken.features.fill(NaN, 40 * dim);
    const { features } = await makeTrainer({ trust, ...broken }).train();
    expect(features.every(Number.isFinite)).toBe(true);
    expect(() => makeTrainer({ trust: new Float32Array(48) })).toThrow(RangeError);
  });

  it('stops between two steps when told to', async () => {
    await testEngine();
    const controller = new AbortController();
    const training = makeTrainer().train(
      { onStep: (done) => (done === 3 ? controller.abort() : undefined) },
      controller.signal,
    );
    await expect(training).rejects.toMatchObject({ name: 'AbortError' });
  });
});
