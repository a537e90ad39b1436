/**
 * Differentiable augmentation with DiffAugment's public policies (Zhao et al. 2020): colour (brightness, saturation,
 * contrast), translation by up to 1/8 of the side with zeros moving in, and a cut-out square of half the side. All
 * randomness comes in as numbers, so that a captured step can draw anew. Differentiable to any order with respect to
 * the pictures; the draws get no gradient.
 */
import {
  add,
  cast,
  equal,
  expandDims,
  floor,
  less,
  logicalNot,
  logicalAnd,
  greaterEqual,
  matMul,
  mean,
  minimum,
  mul,
  range,
  reshape,
  slice,
  sub,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';

export interface DiffAugmentPolicy {
  color: boolean;
  translation: boolean;
  cutout: boolean;
}

/** Columns of `draws`. */
const column = { brightness: 0, saturation: 1, contrast: 2, shiftY: 3, shiftX: 4, cutY: 5, cutX: 6 } as const;

/** One column of the draws as [B, 1]. */
function draw(draws: Tensor2D, index: number): Tensor2D {
  return slice(draws, [0, index], [draws.shape[0], 1]);
}

/** `floor(draw * count)`, kept below `count` when the draw rounds up to 1. */
function integerBelow(value: Tensor2D, count: number): Tensor2D {
  return minimum(floor(mul(value, count)), count - 1);
}

function color(x: Tensor4D, draws: Tensor2D): Tensor4D {
  const batch = x.shape[0];
  const factor = (index: number, scale: number, offset: number): Tensor4D =>
    reshape(add(mul(draw(draws, index), scale), offset), [batch, 1, 1, 1]);
  const bright: Tensor4D = add(x, factor(column.brightness, 1, -0.5));
  const grey = mean(bright, 3, true);
  const saturated = add(mul(sub(bright, grey), factor(column.saturation, 2, 0)), grey);
  const level = mean(saturated, [1, 2, 3], true);
  return add(mul(sub(saturated, level), factor(column.contrast, 1, 0.5)), level);
}

/** [B, size, size]: row i has its one at column i + shift, or is empty where that lies outside. */
function shiftMatrix(draws: Tensor2D, index: number, size: number): Tensor3D {
  const reach = Math.floor(size / 8 + 0.5);
  const shift = sub(integerBelow(draw(draws, index), 2 * reach + 1), reach);
  const source = add(reshape(range(0, size), [1, size, 1]), expandDims(shift, 1));
  return cast(equal(source, reshape(range(0, size), [1, 1, size])), 'float32');
}

function translate(x: Tensor4D, draws: Tensor2D): Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const down: Tensor3D = matMul(
    shiftMatrix(draws, column.shiftY, height),
    reshape(x, [batch, height, width * channels]),
  );
  const across = reshape(shiftMatrix(draws, column.shiftX, width), [batch, 1, width, width]);
  return matMul(across as Tensor4D, reshape(down, [batch, height, width, channels]) as Tensor4D);
}

/** [B, size] of booleans: inside the square along one axis. */
function inside(draws: Tensor2D, index: number, size: number): Tensor {
  const side = Math.floor(size / 2 + 0.5);
  const first = sub(integerBelow(draw(draws, index), size + 1 - (side % 2)), Math.floor(side / 2));
  const position = reshape(range(0, size), [1, size]);
  return logicalAnd(greaterEqual(position, first), less(position, add(first, side)));
}

function cutOut(x: Tensor4D, draws: Tensor2D): Tensor4D {
  const [batch, height, width] = x.shape;
  const rows = reshape(inside(draws, column.cutY, height), [batch, height, 1, 1]);
  const columns = reshape(inside(draws, column.cutX, width), [batch, 1, width, 1]);
  return mul(x, cast(logicalNot(logicalAnd(rows, columns)), 'float32'));
}

/**
 * @param x [B, H, W, C] in [-1, 1]
 * @param draws [B, 8], uniform in [0, 1): brightness, saturation, contrast, shift down, shift right, cut row, cut
 * column, unused
 * @returns [B, H, W, C]
 */
export function diffAugment(x: Tensor4D, draws: Tensor2D, policy: DiffAugmentPolicy): Tensor4D {
  let y = x;
  if (policy.color) y = color(y, draws);
  if (policy.translation) y = translate(y, draws);
  if (policy.cutout) y = cutOut(y, draws);
  return y;
}
