import { afterEach, describe, expect, it } from 'vitest';
import { assignInPlace, lossAndGradients, type ParameterSet } from '../../gpu/parameter';
import { add, mean, mul, scalar, slice, square, sum, tensor, tidy, type Tensor, type Tensor2D } from '../../gpu/tensor';
import { testEngine } from '../../gpu/testing/testEngine';
import type { Slot } from '../../shared/domain';
import { CounterRandom } from '../../shared/rng';
import { classAndSlot } from '../conditionTable';
import { NetworkParameters, untrained } from '../networkParameters';
import { discriminatorReference } from './discriminator.ref';
import { Discriminator } from './discriminator';
import { Generator, normEpsilon } from './generator';
import type { NetworkSize } from './layout';
import { discriminatorPlan, generatorPlan, statisticsPlan, type DiscriminatorShape, type GeneratorShape } from './plan';

const slots: Slot[] = [
  { slot: 0, classIndex: 0, cluster: 0 },
  { slot: 1, classIndex: 0, cluster: 1 },
  { slot: 2, classIndex: 1, cluster: 0 },
];
const conditionShape = { classCount: 2, slotCount: 3 };
const small = { resolution: 32, attention: false, width: 8 } as const;
const generatorShape: GeneratorShape = { ...conditionShape, ...small, latent: 6, embedding: 5, latentAtBlocks: false };
const made: { dispose: () => void }[] = [];

function makeGenerator(
  seed: number,
  size: NetworkSize = small,
  latentAtBlocks = false,
): { generator: Generator; statistics: ParameterSet } {
  const shape = { ...generatorShape, ...size, latentAtBlocks };
  const weights = NetworkParameters.create('generator', generatorPlan(shape), new CounterRandom(seed, 1));
  const statistics = untrained('statistics', statisticsPlan(shape), new CounterRandom(seed, 3));
  made.push(weights, statistics);
  weights.normalize('hold');
  return { generator: new Generator(shape, weights, statistics), statistics };
}

function makeDiscriminator(seed: number, size: NetworkSize & Pick<DiscriminatorShape, 'joint'> = small): Discriminator {
  const shape = { ...conditionShape, ...size };
  const weights = NetworkParameters.create('discriminator', discriminatorPlan(shape), new CounterRandom(seed, 2));
  made.push(weights);
  weights.normalize('hold');
  return new Discriminator(shape, weights);
}

function latents(count: number, seed: number): Tensor2D {
  const random = new CounterRandom(seed, 3);
  return tensor(
    Float32Array.from({ length: count * generatorShape.latent }, () => random.normal()),
    [count, generatorShape.latent],
  );
}

/** Row i is one-hot in slot i mod 3, or, when soft, mixed with the next slot. */
function conditionRows(count: number, soft = false): Tensor2D {
  const u = new Float32Array(count * 3);
  for (let i = 0; i < count; i++) {
    u[3 * i + (i % 3)] = soft ? 0.75 : 1;
    if (soft) u[3 * i + ((i + 1) % 3)] = 0.25;
  }
  return tensor(classAndSlot(u, slots, 2), [count, 5]);
}

async function values(t: Tensor): Promise<number[]> {
  return [...(await t.data())];
}

function largestDifference(a: number[], b: number[]): number {
  expect(a.length).toBe(b.length);
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? NaN))), 0);
}

/** |g|, and the slope of the loss along g / |g| by central differences, in the space of the effective weights. */
async function slopes(
  loss: () => Tensor,
  weights: NetworkParameters,
  step: number,
): Promise<{ analytic: number; numeric: number }> {
  const { leaves } = weights;
  const gradients = tidy(() => lossAndGradients(loss, leaves).gradients);
  const arrays = await Promise.all(gradients.map((gradient) => values(gradient)));
  const start = await Promise.all(leaves.map(({ variable }) => values(variable)));
  const norm = Math.hypot(...arrays.map((array) => Math.hypot(...array)));
  const at = async (distance: number): Promise<number> => {
    leaves.forEach((parameter, i) => {
      const moved = Float32Array.from(start[i] ?? [], (value, k) => value + (distance * (arrays[i]?.[k] ?? 0)) / norm);
      tidy(() => assignInPlace(parameter, tensor(moved, [...parameter.shape])));
    });
    const value = tidy(() => sum(loss()));
    const [number = NaN] = await values(value);
    value.dispose();
    return number;
  };
  const numeric = ((await at(step)) - (await at(-step))) / (2 * step);
  for (const gradient of gradients) gradient.dispose();
  return { analytic: norm, numeric };
}

/** Four pictures of a generator made from `seed`. */
function drawFour(seed: number): Tensor {
  return tidy(() => makeGenerator(seed).generator.forward(latents(4, 1), conditionRows(4), { kind: 'batch' }));
}

afterEach(() => {
  for (const set of made.splice(0)) set.dispose();
});

describe('generator', () => {
  it('maps latents and conditions to pictures in [-1, 1], the same for the same seed', async () => {
    await testEngine();
    const [first, again, other] = [drawFour(1), drawFour(1), drawFour(2)] as [Tensor, Tensor, Tensor];
    expect(first.shape).toEqual([4, 32, 32, 3]);
    const pixels = await values(first);
    expect(Math.max(...pixels.map(Math.abs))).toBeLessThanOrEqual(1);
    expect(await values(again)).toEqual(pixels);
    expect(largestDifference(await values(other), pixels)).toBeGreaterThan(0.01);
  });

  it('takes mixtures of conditions linearly in the embedding', async () => {
    await testEngine();
    const rows = await values(conditionRows(2, true));
    // 0.75 of slot 0 and 0.25 of slot 1 are all of class 0; slots 1 and 2 straddle the classes.
    expect(rows).toEqual([1, 0, 0.75, 0.25, 0, 0.75, 0.25, 0, 0.75, 0.25]);
  });

  it('collects the mean of the batches’ statistics as standing statistics', async () => {
    await testEngine();
    const { generator, statistics } = makeGenerator(3);
    const batches = [latents(4, 10), latents(4, 11), latents(4, 12)];
    const conditions = conditionRows(4);
    const single: number[][] = [];
    for (const z of batches) {
      tidy(() => generator.forward(z, conditions, { kind: 'collect', share: scalar(1) }));
      single.push(await values(statistics.get('block1.norm1.variance').variable));
    }
    batches.forEach((z, i) =>
      tidy(() => generator.forward(z, conditions, { kind: 'collect', share: scalar(1 / (i + 1)) })),
    );
    const average = single[0]?.map((_, k) => single.reduce((total, batch) => total + (batch[k] ?? 0), 0) / 3) ?? [];
    expect(largestDifference(await values(statistics.get('block1.norm1.variance').variable), average)).toBeLessThan(
      1e-5,
    );
  });

  it('lets the latent reach the blocks by themselves where it is asked to', async () => {
    await testEngine();
    const difference = async (latentAtBlocks: boolean): Promise<number> => {
      const { generator } = makeGenerator(8, small, latentAtBlocks);
      // Nothing of z passes the first layer.
      for (const leaf of generator.weights.leaves)
        if (leaf.name === 'linear.weight') assignInPlace(leaf, mul(leaf.variable, 0));
      const [one, other] = [1, 2].map((seed) =>
        tidy(() => generator.forward(latents(4, seed), conditionRows(4), { kind: 'batch' })),
      ) as [Tensor, Tensor];
      return largestDifference(await values(one), await values(other));
    };
    expect(await difference(false)).toBe(0);
    expect(await difference(true)).toBeGreaterThan(0.01);
  });

  it('draws a picture from its own latent and condition only, once it has standing statistics', async () => {
    await testEngine();
    const { generator } = makeGenerator(4);
    const [z, conditions] = [latents(6, 5), conditionRows(6)];
    const inBatch = tidy(() => generator.forward(z, conditions, { kind: 'collect', share: scalar(1) }));
    const standing = tidy(() => generator.forward(z, conditions, { kind: 'standing' }));
    const alone = tidy(() =>
      generator.forward(slice(latents(6, 5), [0, 0], [1, 6]), conditionRows(1), { kind: 'standing' }),
    );
    const all = await values(standing);
    // The statistics are those of this very batch, so both ways agree to rounding (rsqrt of nearly equal variances).
    expect(largestDifference(await values(inBatch), all)).toBeLessThan(1e-4);
    expect(largestDifference(await values(alone), all.slice(0, 32 * 32 * 3))).toBeLessThan(1e-5);
    expect(normEpsilon).toBe(1e-5);
  });

  it.each([false, true])(
    'has the gradient of its own finite differences, latent at blocks %s',
    async (latentAtBlocks) => {
      await testEngine();
      const { generator } = makeGenerator(6, small, latentAtBlocks);
      const [z, conditions] = [latents(4, 7), conditionRows(4, true)];
      const target = tensor(
        Float32Array.from({ length: 3072 }, (_, i) => Math.sin(i)),
        [1, 32, 32, 3],
      );
      const loss = (): Tensor => mean(square(add(generator.forward(z, conditions, { kind: 'batch' }), target)));
      const { analytic, numeric } = await slopes(loss, generator.weights, 4e-3);
      expect(Math.abs(numeric / analytic - 1)).toBeLessThan(5e-3);
    },
  );
});

describe('discriminator', () => {
  it('gives two logits a picture', async () => {
    await testEngine();
    const discriminator = makeDiscriminator(1);
    const pictures = tensor(
      Float32Array.from({ length: 3 * 3072 }, (_, i) => Math.sin(0.37 * i)),
      [3, 32, 32, 3],
    );
    const logits = tidy(() => discriminator.forward(pictures as never, conditionRows(3)));
    expect(logits.shape).toEqual([3, 2]);
    expect((await values(logits)).every(Number.isFinite)).toBe(true);
  });

  it('lets the condition change b only', async () => {
    await testEngine();
    const discriminator = makeDiscriminator(2);
    const pictures = tensor(
      Float32Array.from({ length: 3072 }, (_, i) => Math.sin(0.37 * i)),
      [1, 32, 32, 3],
    );
    const at = async (slot: number): Promise<number[]> => {
      const u = new Float32Array(3);
      u[slot] = 1;
      return values(tidy(() => discriminator.forward(pictures as never, tensor(classAndSlot(u, slots, 2), [1, 5]))));
    };
    const [first, second] = [await at(0), await at(2)];
    expect(first[0]).toBe(second[0]);
    expect(Math.abs((first[1] ?? 0) - (second[1] ?? 0))).toBeGreaterThan(1e-3);
  });

  it('has the gradient of its own finite differences', async () => {
    await testEngine();
    const discriminator = makeDiscriminator(3);
    const pictures = tensor(
      Float32Array.from({ length: 2 * 3072 }, (_, i) => Math.sin(0.37 * i * i)),
      [2, 32, 32, 3],
    );
    const loss = (): Tensor => mean(square(add(discriminator.forward(pictures as never, conditionRows(2, true)), 1)));
    const { analytic, numeric } = await slopes(loss, discriminator.weights, 2e-3);
    expect(Math.abs(numeric / analytic - 1)).toBeLessThan(5e-3);
  });
});

describe('section 4 in float64', () => {
  it.each<NetworkSize>([small, { resolution: 64, width: 4, attention: false }])(
    'is what the discriminator computes, $resolution px',
    async (size) => {
      await testEngine();
      const { resolution } = size;
      const discriminator = makeDiscriminator(5, size);
      const arrays = new Map<string, ArrayLike<number>>();
      const names = discriminatorPlan({ ...conditionShape, ...size }).map(({ name }) => name);
      for (const [i, name] of names.entries()) {
        // Biases of 0 would hide where they enter.
        const bias = name.includes('bias') ? discriminator.weights.leaves[i] : undefined;
        if (bias)
          tidy(() =>
            assignInPlace(
              bias,
              tensor(
                Float32Array.from({ length: bias.shape[0] ?? 1 }, (_, k) => 0.3 * Math.sin(k + i)),
                [...bias.shape],
              ),
            ),
          );
        arrays.set(name, await values(discriminator.weights.get(name)));
      }
      const pixels = Float32Array.from({ length: resolution * resolution * 3 }, (_, i) => Math.sin(0.37 * i));
      const u = [0.25, 0.25, 0.5];
      const expected = discriminatorReference(size, (name) => arrays.get(name) ?? [], pixels, u, [0, 0, 1], 2);
      const conditions = tensor(classAndSlot(Float32Array.from(u), slots, 2), [1, 5]);
      const logits = await values(
        tidy(() => discriminator.forward(tensor(pixels, [1, resolution, resolution, 3]) as never, conditions as never)),
      );
      logits.forEach((logit, i) => expect(Math.abs(logit / (expected[i] ?? NaN) - 1)).toBeLessThan(1e-4));
    },
  );
});

describe('64 and 128 px', () => {
  it.each<[string, NetworkSize]>([
    ['64 px with attention', { resolution: 64, width: 4, attention: true }],
    ['128 px', { resolution: 128, width: 4, attention: false }],
  ])('generator and discriminator work, %s', async (_, size) => {
    await testEngine();
    const { generator, statistics } = makeGenerator(1, size);
    const [z, conditions] = [latents(2, 1), conditionRows(2)];
    const inBatch = tidy(() => generator.forward(z, conditions, { kind: 'collect', share: scalar(1) }));
    expect(inBatch.shape).toEqual([2, size.resolution, size.resolution, 3]);
    expect(statistics.get('output.norm.variance').shape).toEqual([size.resolution === 64 ? 2 : 1]);
    const standing = tidy(() => generator.forward(z, conditions, { kind: 'standing' }));
    expect(largestDifference(await values(inBatch), await values(standing))).toBeLessThan(1e-3);
    const logits = tidy(() => makeDiscriminator(1, size).forward(inBatch as never, conditions));
    expect(logits.shape).toEqual([2, 2]);
    expect((await values(logits)).every(Number.isFinite)).toBe(true);
  });

  it('has the gradient of its own finite differences at 64 px, through attention', async () => {
    await testEngine();
    const { generator } = makeGenerator(6, { resolution: 64, width: 4, attention: true });
    const gamma = generator.weights.get('block3.attention.gamma') as Tensor;
    tidy(() =>
      assignInPlace(generator.weights.leaves.find(({ variable }) => variable === gamma) ?? never(), tensor([0.7], [1])),
    );
    const [z, conditions] = [latents(1, 7), conditionRows(1, true)];
    const target = tensor(
      Float32Array.from({ length: 64 * 64 * 3 }, (_, i) => Math.sin(i)),
      [1, 64, 64, 3],
    );
    const loss = (): Tensor => mean(square(add(generator.forward(z, conditions, { kind: 'batch' }), target)));
    const { analytic, numeric } = await slopes(loss, generator.weights, 4e-3);
    expect(Math.abs(numeric / analytic - 1)).toBeLessThan(5e-3);
  });

  it('adds the logits where they are joint', async () => {
    await testEngine();
    const pictures = tensor(
      Float32Array.from({ length: 3072 }, (_, i) => Math.sin(0.37 * i)),
      [1, 32, 32, 3],
    );
    const [separate, joint] = [makeDiscriminator(3), makeDiscriminator(3, { ...small, joint: true })];
    const [a = NaN, b = NaN] = await values(tidy(() => separate.forward(pictures as never, conditionRows(1))));
    const [total = NaN] = await values(tidy(() => joint.forward(pictures as never, conditionRows(1))));
    expect(total).toBeCloseTo(a + b * Math.sqrt(8), 4);
  });
});

function never(): never {
  throw new Error('no such parameter');
}
