/** Softmax over the last axis. One dispatch forward, one for the gradient; differentiable to any order. */
import { defineOp } from '../kernel/op';
import { runProgram } from '../kernel/program';
import { rowFrame } from '../kernel/rows';
import { mul, sub, sum, type Tensor, type TensorInfo } from '../tensor';

const layoutOf = (shape: readonly number[]): { rows: number; columns: number } => {
  const columns = shape.at(-1) ?? 1;
  return { rows: shape.reduce((a, b) => a * b, 1) / columns, columns };
};

/**
 * Every thread of a row finds the row's maximum for itself: cheaper than a second kind of reduction for the rows that
 * occur.
 */
function forward(x: TensorInfo): TensorInfo[] {
  const { rows, columns } = layoutOf(x.shape);
  const frame = rowFrame(rows, columns);
  return runProgram({
    label: 'softmax.forward',
    variant: frame.variant,
    ints: { rows, columns },
    outputs: { y: { shape: x.shape } },
    inputs: { x: { tensor: x } },
    body: () =>
      frame.module(
        'dims.rows',
        /* wgsl */ `
  let start = row * dims.columns;
  var most = x[start];
  for (var i = 1; i < dims.columns; i++) { most = max(most, x[start + i]); }
  var part = 0.0;
  for (var i = first; i < dims.columns; i += LANES) { let e = exp(x[start + i] - most); y[start + i] = e; part += e; }
  let scale = 1.0 / rowSum(part);
  for (var i = first; i < dims.columns; i += LANES) { y[start + i] *= scale; }`,
      ),
    workgroups: frame.workgroups,
  });
}

/** y (dy - <dy, y>) */
function gradient(dy: TensorInfo, y: TensorInfo): TensorInfo[] {
  const { rows, columns } = layoutOf(y.shape);
  const frame = rowFrame(rows, columns);
  return runProgram({
    label: 'softmax.gradient',
    variant: frame.variant,
    ints: { rows, columns },
    outputs: { dx: { shape: y.shape } },
    inputs: { dy: { tensor: dy }, y: { tensor: y } },
    body: () =>
      frame.module(
        'dims.rows',
        /* wgsl */ `
  let start = row * dims.columns;
  var along = 0.0;
  for (var i = first; i < dims.columns; i += LANES) { along += dy[start + i] * y[start + i]; }
  let mean = rowSum(along);
  for (var i = first; i < dims.columns; i += LANES) { dx[start + i] = y[start + i] * (dy[start + i] - mean); }`,
      ),
    workgroups: frame.workgroups,
  });
}

/** The Jacobian diag(y) - y y^T is symmetric, so the gradient by dy is the same map; by y it is composed. */
const gradientOp = defineOp<'dy' | 'y'>({
  name: 'StudioSoftmaxGradient',
  forward: ({ dy, y }) => gradient(dy, y),
  saveInputs: ['dy', 'y'],
  backward: (dd, [dy, y]) => {
    if (!dy || !y) return {};
    return {
      dy: (): Tensor => gradientOp({ dy: dd, y }, {}),
      y: () => {
        const along = sum(mul(dy, y), -1, true);
        const across = sum(mul(dd, y), -1, true);
        return sub(mul(dd, sub(dy, along)), mul(dy, across));
      },
    };
  },
});

const softmaxOp = defineOp<'x'>({
  name: 'StudioSoftmax',
  forward: ({ x }) => forward(x),
  saveOutputs: [true],
  backward: (dy, [y]) => ({ x: () => gradientOp({ dy, y }, {}) }),
});

/**
 * @param x [..., C]
 * @returns [..., C], rows that sum to one
 */
export function softmax<T extends Tensor>(x: T): T {
  return softmaxOp({ x }, {}) as T;
}
