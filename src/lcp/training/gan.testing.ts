/**
 * What the trainer's tests share: a small configuration, a toy data set of two colours, a small stand-in for CLIP, and
 * batches.
 */
import { GpuDataset } from '../../gpu/dataset/dataset';
import { matMul } from '../../gpu/matmul/matmul';
import { reshape, tanh, tensor2d, type Tensor2D, type Tensor4D } from '../../gpu/tensor';
import { presets, type ConfigOf, type RunConfig } from '../../shared/config';
import type { Slot } from '../../shared/domain';
import { CounterRandom } from '../../shared/rng';
import type { ClipBranch } from './clipBranch';
import type { IterationBatch } from './trainingBatch';

/** Two classes; the first has two clusters. */
export const toySlots: Slot[] = [
  { slot: 0, classIndex: 0, cluster: 0 },
  { slot: 1, classIndex: 0, cluster: 1 },
  { slot: 2, classIndex: 1, cluster: 0 },
];
export const toyClassCount = 2;

export function toyConfig(changes: Partial<ConfigOf<'biggan'>> = {}): ConfigOf<'biggan'> {
  return {
    ...presets.tiny,
    preset: 'custom',
    batch: 4,
    generator: { width: 8, latent: 6, embedding: 5, latentAtBlocks: false },
    discriminator: { width: 8 },
    ...changes,
  };
}

/** Colour of a slot's pictures: red, darker red, blue. */
const colours = [
  [230, 30, 30],
  [150, 20, 20],
  [30, 30, 230],
] as const;

/**
 * 24 pictures of one colour each with a little noise; picture i belongs to slot i mod 3. 8-bit RGB, one after the other.
 */
export function toyPixels(): Uint8Array {
  const random = new CounterRandom(5, 1);
  const pixels = new Uint8Array(24 * 3072);
  for (let i = 0; i < pixels.length; i++) {
    const colour = colours[Math.floor(i / 3072) % 3] ?? colours[0];
    pixels[i] = (colour[i % 3] ?? 0) + random.integer(21) - 10;
  }
  return pixels;
}

export function toyDataset(): GpuDataset {
  const dataset = new GpuDataset({ count: 24, height: 32, width: 32 });
  dataset.set(0, toyPixels());
  return dataset;
}

const towerSize = 4;
export const towerDim = 6;

/** A smooth two-layer stand-in for CLIP's image tower: 4 x 4 pixels in, 6 features out. */
export const toyTower: ClipBranch = {
  imageSize: towerSize,
  dim: towerDim,
  encode(pixels): Tensor2D {
    const random = new CounterRandom(9, 1);
    const inputs = towerSize * towerSize * 3;
    const weights = (rows: number, columns: number): Tensor2D =>
      tensor2d(
        Float32Array.from({ length: rows * columns }, () => random.normal() / Math.sqrt(rows)),
        [rows, columns],
      );
    const hidden = tanh(matMul(reshape(pixels, [pixels.shape[0], inputs]) as Tensor2D, weights(inputs, 10)));
    return matMul(hidden, weights(10, towerDim));
  },
};

/** The same with tokens: four patches of the input, then two, through two layers of a small stand-in. */
export const toyTokenTower: ClipBranch = {
  ...toyTower,
  tokens: {
    of: 'critic',
    widths: [5, 3],
    encode(pixels) {
      const random = new CounterRandom(10, 1);
      const draw = (rows: number, columns: number): Tensor2D =>
        tensor2d(
          Float32Array.from({ length: rows * columns }, () => random.normal() / Math.sqrt(rows)),
          [rows, columns],
        );
      const count = pixels.shape[0];
      // Rows of a picture, one after the other, are its patches here.
      const patches = reshape(pixels, [count * 4, (towerSize * towerSize * 3) / 4]) as Tensor2D;
      const first = tanh(matMul(patches, draw(patches.shape[1], 5)));
      const map = (tokens: Tensor2D, height: number, width: number): Tensor4D =>
        reshape(tokens, [count, height, width, tokens.shape[1]]);
      // The second map is of another size, its tokens of another width.
      const pairs = reshape(first, [count * 2, 10]) as Tensor2D;
      const second = tanh(matMul(pairs, draw(10, 3)));
      return { embedding: toyTower.encode(pixels), tokens: [map(first, 2, 2), map(second, 1, 2)] };
    },
  },
};

/** Unit prompt features of the three slots, [3, d']; as wide as the tower's own, or as another CLIP's. */
export function toyPrompts(dim = towerDim): Float32Array {
  const random = new CounterRandom(11, 1);
  return Float32Array.from(
    toySlots.flatMap(() => {
      const row = Array.from({ length: dim }, () => random.normal());
      const norm = Math.hypot(...row);
      return row.map((value) => value / norm);
    }),
  );
}

/** One-hot conditions of some slots. */
export function oneHotRows(slots: readonly number[]): Float32Array {
  const rows = new Float32Array(slots.length * toySlots.length);
  slots.forEach((slot, i) => {
    rows[i * toySlots.length + slot] = 1;
  });
  return rows;
}

/** A batch of the toy data, drawn by the iteration's number. */
export function toyBatch(config: RunConfig, iteration: number): IterationBatch {
  const random = new CounterRandom(config.seed, 77, iteration);
  const { batch, discriminatorSteps } = config;
  const slots = (): number[] => Array.from({ length: batch }, () => random.integer(3));
  const discriminator = Array.from({ length: discriminatorSteps }, () => {
    const indices = Int32Array.from({ length: batch }, () => random.integer(24));
    const own = [...indices].map((index) => index % 3);
    return {
      indices,
      flips: Float32Array.from(indices, () => random.integer(2)),
      w: new Float32Array(batch).fill(1),
      wWrong: new Float32Array(batch).fill(1),
      u: oneHotRows(own),
      uFake: oneHotRows(slots()),
      uWrong: oneHotRows(own.map((slot) => (slot === 2 ? random.integer(2) : 2))),
    };
  });
  return { discriminator, generatorConditions: oneHotRows(slots()) };
}
