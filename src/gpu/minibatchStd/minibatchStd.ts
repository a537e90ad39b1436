/**
 * Minibatch standard deviation (Karras et al. 2018; the layer of StyleGAN2's discriminator): the batch is dealt into
 * groups, and each group's deviation, averaged over pixels and channels, is appended to its pictures as one more
 * channel, so that the discriminator sees lack of variety. The deviations take one dispatch forward and one for the
 * gradient. Differentiable to any order.
 */
import { defineOp } from '../kernel/op';
import { runProgram } from '../kernel/program';
import { linearGrid } from '../kernel/dispatch';
import { rowFrame } from '../kernel/rows';
import { matMul } from '../matmul/matmul';
import { gradientOfProduct } from '../kernel/secondOrder';
import {
  add,
  concat,
  mean,
  reshape,
  sqrt,
  square,
  sub,
  tensor2d,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  type TensorInfo,
} from '../tensor';

/** Added to the variance, as in the public code. */
const epsilon = 1e-8;

interface Groups {
  /** Pictures of a group. */
  size: number;
  /** Channels appended; the channels are dealt among them in runs. */
  channels: number;
}

/** Picture g * groups + n is member g of group n; channel f * run + c belongs to appended channel f. */
function intsOf(shape: readonly number[], { size, channels }: Groups): Record<string, number> {
  const [batch = 1, height = 1, width = 1, depth = 1] = shape;
  return { members: size, groups: batch / size, made: channels, pixels: height * width, depth, run: depth / channels };
}

/** WGSL: element `i` of those that row (group, appended channel) averages, in the group's first picture. */
const elementOf = /* wgsl */ `
fn elementOf(row: i32, i: i32) -> i32 {
  let pixel = i / dims.run;
  return ((row / dims.made) * dims.pixels + pixel) * dims.depth + (row % dims.made) * dims.run + i % dims.run;
}
fn meanAt(at: i32) -> f32 {
  var sum = 0.0;
  for (var g = 0; g < dims.members; g++) { sum += x[at + g * dims.groups * dims.pixels * dims.depth]; }
  return sum / f32(dims.members);
}
fn deviationAt(at: i32, mean: f32) -> f32 {
  var squares = 0.0;
  for (var g = 0; g < dims.members; g++) { let d = x[at + g * dims.groups * dims.pixels * dims.depth] - mean; squares += d * d; }
  return sqrt(squares / f32(dims.members) + ${epsilon});
}`;

function forward(x: TensorInfo, groups: Groups): TensorInfo[] {
  const ints = intsOf(x.shape, groups);
  const rows = (ints['groups'] ?? 1) * groups.channels;
  const elements = (ints['pixels'] ?? 1) * (ints['run'] ?? 1);
  const frame = rowFrame(rows, elements);
  return runProgram({
    label: 'minibatchStd.forward',
    variant: frame.variant,
    ints: { ...ints, elements },
    outputs: { y: { shape: [ints['groups'] ?? 1, groups.channels] } },
    inputs: { x: { tensor: x } },
    body: () =>
      frame.module(
        'dims.groups * dims.made',
        /* wgsl */ `
  var sum = 0.0;
  for (var i = first; i < dims.elements; i += LANES) {
    let at = elementOf(row, i);
    sum += deviationAt(at, meanAt(at));
  }
  let mean = rowSum(sum) / f32(dims.elements);
  if (first == 0) { y[row] = mean; }`,
        elementOf,
      ),
    workgroups: frame.workgroups,
  });
}

/** dx = dy (x - mean) / (deviation members elements); a thread for the members of one element. */
function gradient(dy: TensorInfo, x: TensorInfo, groups: Groups): TensorInfo[] {
  const ints = intsOf(x.shape, groups);
  const elements = (ints['pixels'] ?? 1) * (ints['run'] ?? 1);
  const size = (ints['groups'] ?? 1) * groups.channels * elements;
  const grid = linearGrid(size, 32);
  return runProgram({
    label: 'minibatchStd.gradient',
    ints: { ...ints, elements, size },
    outputs: { dx: { shape: x.shape } },
    inputs: { dy: { tensor: dy }, x: { tensor: x } },
    body: () => /* wgsl */ `
${elementOf}
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  if (i32(index) >= dims.size) { return; }
  let row = i32(index) / dims.elements;
  let at = elementOf(row, i32(index) % dims.elements);
  let mean = meanAt(at);
  let factor = dy[row] / (deviationAt(at, mean) * f32(dims.members * dims.elements));
  for (var g = 0; g < dims.members; g++) {
    let here = at + g * dims.groups * dims.pixels * dims.depth;
    dx[here] = factor * (x[here] - mean);
  }
}`,
    workgroups: grid.workgroups,
  });
}

/** The same in elementary operations. */
const composed =
  ({ size, channels }: Groups) =>
  (...[x]: Tensor[]): Tensor => {
    const [batch, height, width, depth] = (x as Tensor4D).shape;
    const groups = batch / size;
    const grouped = reshape(x as Tensor, [size, groups * height * width, channels, depth / channels]);
    const centred = sub(grouped, mean(grouped, 0, true));
    const deviations = sqrt(add(mean(square(centred), 0), epsilon)); // [groups H W, channels, run]
    return mean(reshape(mean(deviations, 2), [groups, height * width, channels]), 1);
  };

const gradientOp = defineOp<'dy' | 'x', Groups>({
  name: 'StudioMinibatchStdGradient',
  forward: ({ dy, x }, groups) => gradient(dy, x, groups),
  saveInputs: ['dy', 'x'],
  backward: (ddx, [dy, x], groups) => {
    if (!dy || !x) return {};
    const [byX, byDy] = gradientOfProduct(composed(groups), [x], dy, [ddx]) as [Tensor, Tensor];
    return { x: () => byX, dy: () => byDy };
  },
});

const deviationsOp = defineOp<'x', Groups>({
  name: 'StudioMinibatchStd',
  forward: ({ x }, groups) => forward(x, groups),
  saveInputs: ['x'],
  backward: (dy, [x], groups) => ({ x: () => gradientOp({ dy, x }, groups) }),
});

export interface MinibatchStdOptions {
  /** Pictures of a group; smaller batches form one group. It must divide larger ones. Default 4. */
  group?: number;
  /** Channels to append, a divisor of C; default 1. */
  channels?: number;
}

/**
 * @param x [B, H, W, C]
 * @returns [B, H, W, C + channels]
 * @throws RangeError if groups or channels do not divide
 */
export function minibatchStd(x: Tensor4D, { group = 4, channels = 1 }: MinibatchStdOptions = {}): Tensor4D {
  const [batch, height, width, depth] = x.shape;
  const size = Math.min(group, batch);
  if (!(size >= 1) || batch % size !== 0)
    throw new RangeError(`minibatchStd: ${batch} pictures do not make groups of ${size}`);
  if (!(channels >= 1) || depth % channels !== 0)
    throw new RangeError(`minibatchStd: ${depth} channels do not divide among ${channels}`);
  const deviations = deviationsOp({ x }, { size, channels }) as Tensor2D; // [groups, channels]
  const spread = matMul(membership(batch, height * width, batch / size), deviations);
  return concat([x, reshape(spread, [batch, height, width, channels]) as Tensor4D], 3);
}

/**
 * [B pixels, groups]: 1 where a pixel's picture is of the group. A product with it hands each pixel the group's value,
 * and its gradient is one product, too; stock's gradient of repeating is a slice and a sum for each pixel.
 */
function membership(batch: number, pixels: number, groups: number): Tensor2D {
  const matrix = new Float32Array(batch * pixels * groups);
  for (let row = 0; row < batch * pixels; row++) matrix[row * groups + (Math.floor(row / pixels) % groups)] = 1;
  return tensor2d(matrix, [batch * pixels, groups]);
}
