/**
 * Layer normalisation over the last axis (biased variance). One dispatch forward, one for the input's gradient, one each for those of gamma and beta
 * (run only if asked for). Differentiable to any order.
 */
import { linearGrid } from '../dispatch';
import { defineMultiOp, defineOp } from '../op';
import { runProgram } from '../program';
import { columnSum } from '../reduce/columnSum';
import { rowFrame, totalOf } from '../rows';
import { gradientOfProduct } from '../secondOrder';
import { mul, type Tensor, type TensorInfo } from '../tensor';
import { layerNormComposed } from './layerNormComposed';

interface Layout {
  rows: number;
  columns: number;
  /** Elements of a row. */
  across: number;
  type: 'f32' | 'vec4<f32>';
}

function layoutOf(shape: readonly number[]): Layout {
  const columns = shape.at(-1) ?? 1;
  const vector = columns % 4 === 0;
  return { rows: shape.reduce((a, b) => a * b, 1) / columns, columns, across: vector ? columns / 4 : columns, type: vector ? 'vec4<f32>' : 'f32' };
}

/** @returns y, and [rows, 2] of mean and 1 / standard deviation */
function forward(x: TensorInfo, gamma: TensorInfo, beta: TensorInfo, epsilon: number): TensorInfo[] {
  const { rows, columns, across, type } = layoutOf(x.shape);
  const frame = rowFrame(rows, across);
  return runProgram({
    label: 'layerNorm.forward',
    variant: frame.variant,
    ints: { rows, across },
    floats: { columns, epsilon },
    outputs: { y: { shape: x.shape, element: type }, stats: { shape: [rows, 2] } },
    inputs: { x: { tensor: x, element: type }, gamma: { tensor: gamma, element: type }, beta: { tensor: beta, element: type } },
    body: () =>
      frame.module(
        'dims.rows',
        /* wgsl */ `
  let start = row * dims.across;
  var sum = ${type}(0.0);
  for (var i = first; i < dims.across; i += LANES) { sum += x[start + i]; }
  let mean = rowSum(total(sum)) / dims.columns;
  var squares = ${type}(0.0);
  for (var i = first; i < dims.across; i += LANES) { let d = x[start + i] - mean; squares += d * d; }
  let scale = 1.0 / sqrt(rowSum(total(squares)) / dims.columns + dims.epsilon);
  for (var i = first; i < dims.across; i += LANES) { y[start + i] = (x[start + i] - mean) * scale * gamma[i] + beta[i]; }
  if (first == 0) { stats[2 * row] = mean; stats[2 * row + 1] = scale; }`,
        totalOf(type),
      ),
    workgroups: frame.workgroups,
  });
}

function gradientX(dy: TensorInfo, x: TensorInfo, gamma: TensorInfo, stats: TensorInfo): TensorInfo[] {
  const { rows, columns, across, type } = layoutOf(x.shape);
  const frame = rowFrame(rows, across);
  return runProgram({
    label: 'layerNorm.gradientX',
    variant: frame.variant,
    ints: { rows, across },
    floats: { columns },
    outputs: { dx: { shape: x.shape, element: type } },
    inputs: { dy: { tensor: dy, element: type }, x: { tensor: x, element: type }, gamma: { tensor: gamma, element: type }, stats: { tensor: stats } },
    body: () =>
      frame.module(
        'dims.rows',
        /* wgsl */ `
  let start = row * dims.across;
  let mean = stats[2 * row];
  let scale = stats[2 * row + 1];
  var plain = ${type}(0.0);
  var along = ${type}(0.0);
  for (var i = first; i < dims.across; i += LANES) {
    let g = dy[start + i] * gamma[i];
    plain += g;
    along += g * (x[start + i] - mean);
  }
  let meanPlain = rowSum(total(plain)) / dims.columns;
  let meanAlong = rowSum(total(along)) * scale * scale / dims.columns;
  for (var i = first; i < dims.across; i += LANES) {
    dx[start + i] = scale * (dy[start + i] * gamma[i] - meanPlain - (x[start + i] - mean) * meanAlong);
  }`,
        totalOf(type),
      ),
    workgroups: frame.workgroups,
  });
}

function gradientGamma(dy: TensorInfo, x: TensorInfo, stats: TensorInfo): TensorInfo[] {
  const { rows, columns, across, type } = layoutOf(x.shape);
  const grid = linearGrid(across, 32);
  return runProgram({
    label: 'layerNorm.gradientGamma',
    ints: { rows, across },
    outputs: { dgamma: { shape: [columns], element: type } },
    inputs: { dy: { tensor: dy, element: type }, x: { tensor: x, element: type }, stats: { tensor: stats } },
    body: () => /* wgsl */ `
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  let column = i32(index);
  if (column >= dims.across) { return; }
  var sum = ${type}(0.0);
  for (var row = 0; row < dims.rows; row++) {
    let at = row * dims.across + column;
    sum += dy[at] * (x[at] - stats[2 * row]) * stats[2 * row + 1];
  }
  dgamma[column] = sum;
}`,
    workgroups: grid.workgroups,
  });
}

/** What the forward pass found. It rides along as an attribute: the derivative through it is part of the derivative by x. */
interface Saved {
  stats: TensorInfo;
  epsilon: number;
}

/** As a function of x and gamma; beta does not enter the derivatives. */
const composed =
  (epsilon: number) =>
  (...inputs: Tensor[]): Tensor => {
    const [x, gamma] = inputs as [Tensor, Tensor];
    return layerNormComposed(x, gamma, mul(gamma, 0), epsilon);
  };

const gradientXOp = defineOp<'dy' | 'x' | 'gamma', Saved>({
  name: 'StudioLayerNormGradientX',
  forward: ({ dy, x, gamma }, { stats }) => gradientX(dy, x, gamma, stats),
  saveInputs: ['dy', 'x', 'gamma'],
  backward: (ddx, [dy, x, gamma], { epsilon }) => {
    if (!dy || !x || !gamma) return {};
    const all = gradientOfProduct(composed(epsilon), [x, gamma], dy, [ddx, null]);
    return { x: () => all[0] as Tensor, gamma: () => all[1] as Tensor, dy: () => all[2] as Tensor };
  },
});

const gradientGammaOp = defineOp<'dy' | 'x', Saved & { gamma: Tensor }>({
  name: 'StudioLayerNormGradientGamma',
  forward: ({ dy, x }, { stats }) => gradientGamma(dy, x, stats),
  saveInputs: ['dy', 'x'],
  backward: (ddgamma, [dy, x], { epsilon, gamma }) => {
    if (!dy || !x) return {};
    const all = gradientOfProduct(composed(epsilon), [x, gamma], dy, [null, ddgamma], [1]);
    return { x: () => all[0] as Tensor, dy: () => all[1] as Tensor };
  },
});

const layerNormOp = defineMultiOp<'x' | 'gamma' | 'beta', { epsilon: number }>({
  name: 'StudioLayerNorm',
  forward: ({ x, gamma, beta }, { epsilon }) => forward(x, gamma, beta, epsilon),
  saveInputs: ['x', 'gamma'],
  saveOutputs: [false, true],
  backward: ([dy], [x, gamma, stats], { epsilon }) => {
    if (!dy || !x || !gamma || !stats) return {};
    return {
      x: () => gradientXOp({ dy, x, gamma }, { stats, epsilon }),
      gamma: () => gradientGammaOp({ dy, x }, { stats, epsilon, gamma }),
      beta: () => columnSum(dy),
    };
  },
});

/**
 * `gamma * (x - mean) / sqrt(variance + epsilon) + beta`, statistics over the last axis.
 * @param x [..., C]
 * @param gamma [C]
 * @param beta [C]
 * @param epsilon > 0, added to the variance
 * @returns [..., C]
 */
export function layerNorm<T extends Tensor>(x: T, gamma: Tensor, beta: Tensor, epsilon: number): T {
  const [y] = layerNormOp({ x, gamma, beta }, { epsilon });
  return y as T;
}
