/**
 * The kernels of layer normalisation, one dispatch each. Forward, x may come as a sum; backward, a gradient that goes
 * past the norm may be added.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { linearGrid } from '../kernel/dispatch';
import { runProgram } from '../kernel/program';
import { rowFrame, totalOf } from '../kernel/rows';

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
  return {
    rows: shape.reduce((a, b) => a * b, 1) / columns,
    columns,
    across: vector ? columns / 4 : columns,
    type: vector ? 'vec4<f32>' : 'f32',
  };
}

/**
 * @param addend added to x before, or null
 * @returns y, [rows, 2] of mean and 1 / standard deviation, and x + addend if there is one
 */
export function layerNormForward(
  x: TensorInfo,
  addend: TensorInfo | null,
  gamma: TensorInfo,
  beta: TensorInfo,
  epsilon: number,
): TensorInfo[] {
  const { rows, columns, across, type } = layoutOf(x.shape);
  const element = type;
  const source = addend ? 'added' : 'x';
  const frame = rowFrame(rows, across);
  return runProgram({
    label: 'layerNorm.forward',
    variant: frame.variant,
    ints: { rows, across },
    floats: { columns, epsilon },
    outputs: {
      y: { shape: x.shape, element },
      stats: { shape: [rows, 2] },
      ...(addend ? { added: { shape: x.shape, element } } : {}),
    },
    inputs: {
      x: { tensor: x, element },
      gamma: { tensor: gamma, element },
      beta: { tensor: beta, element },
      ...(addend ? { addend: { tensor: addend, element } } : {}),
    },
    body: () =>
      frame.module(
        'dims.rows',
        /* wgsl */ `
  let start = row * dims.across;
  var sum = ${type}(0.0);
  for (var i = first; i < dims.across; i += LANES) {
    ${addend ? 'added[start + i] = x[start + i] + addend[start + i];' : ''}
    sum += ${source}[start + i];
  }
  let mean = rowSum(total(sum)) / dims.columns;
  var squares = ${type}(0.0);
  for (var i = first; i < dims.across; i += LANES) { let d = ${source}[start + i] - mean; squares += d * d; }
  let scale = 1.0 / sqrt(rowSum(total(squares)) / dims.columns + dims.epsilon);
  for (var i = first; i < dims.across; i += LANES) { y[start + i] = (${source}[start + i] - mean) * scale * gamma[i] + beta[i]; }
  if (first == 0) { stats[2 * row] = mean; stats[2 * row + 1] = scale; }`,
        totalOf(type),
      ),
    workgroups: frame.workgroups,
  });
}

/** @param skip added to the gradient, or null */
export function layerNormGradientX(
  dy: TensorInfo,
  x: TensorInfo,
  gamma: TensorInfo,
  stats: TensorInfo,
  skip: TensorInfo | null,
): TensorInfo[] {
  const { rows, columns, across, type } = layoutOf(x.shape);
  const frame = rowFrame(rows, across);
  return runProgram({
    label: 'layerNorm.gradientX',
    variant: frame.variant,
    ints: { rows, across },
    floats: { columns },
    outputs: { dx: { shape: x.shape, element: type } },
    inputs: {
      dy: { tensor: dy, element: type },
      x: { tensor: x, element: type },
      gamma: { tensor: gamma, element: type },
      stats: { tensor: stats },
      ...(skip ? { skip: { tensor: skip, element: type } } : {}),
    },
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
    dx[start + i] = ${skip ? 'skip[start + i] + ' : ''}scale * (dy[start + i] * gamma[i] - meanPlain - (x[start + i] - mean) * meanAlong);
  }`,
        totalOf(type),
      ),
    workgroups: frame.workgroups,
  });
}

export function layerNormGradientGamma(dy: TensorInfo, x: TensorInfo, stats: TensorInfo): TensorInfo[] {
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
