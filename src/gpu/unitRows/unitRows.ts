/**
 * Rows scaled to a given length: `scale x / |x|`, CLIP's features before they are compared. One dispatch forward, one
 * for the gradient; differentiable to any order.
 */
import { defineOp } from '../kernel/op';
import { runProgram } from '../kernel/program';
import { rowFrame } from '../kernel/rows';
import { gradientOfProduct } from '../kernel/secondOrder';
import { add, mul, rsqrt, square, sum, type Tensor, type Tensor2D, type TensorInfo } from '../tensor';

interface Attrs {
  scale: number;
}

/** Added to the squared length, for rows of zeros. */
const tiny = 1e-12;

function forward(x: TensorInfo, scale: number): TensorInfo[] {
  const [rows = 1, columns = 1] = x.shape;
  const frame = rowFrame(rows, columns);
  return runProgram({
    label: 'unitRows.forward',
    variant: frame.variant,
    ints: { rows, columns },
    floats: { scale, tiny },
    outputs: { y: { shape: x.shape } },
    inputs: { x: { tensor: x } },
    body: () =>
      frame.module(
        'dims.rows',
        /* wgsl */ `
  let start = row * dims.columns;
  var squares = 0.0;
  for (var i = first; i < dims.columns; i += LANES) { squares += x[start + i] * x[start + i]; }
  let factor = dims.scale / sqrt(rowSum(squares) + dims.tiny);
  for (var i = first; i < dims.columns; i += LANES) { y[start + i] = factor * x[start + i]; }`,
      ),
    workgroups: frame.workgroups,
  });
}

/** (scale / |x|) (dy - x <dy, x> / |x|^2) */
function gradient(dy: TensorInfo, x: TensorInfo, scale: number): TensorInfo[] {
  const [rows = 1, columns = 1] = x.shape;
  const frame = rowFrame(rows, columns);
  return runProgram({
    label: 'unitRows.gradient',
    variant: frame.variant,
    ints: { rows, columns },
    floats: { scale, tiny },
    outputs: { dx: { shape: x.shape } },
    inputs: { dy: { tensor: dy }, x: { tensor: x } },
    body: () =>
      frame.module(
        'dims.rows',
        /* wgsl */ `
  let start = row * dims.columns;
  var squares = 0.0;
  var along = 0.0;
  for (var i = first; i < dims.columns; i += LANES) {
    squares += x[start + i] * x[start + i];
    along += dy[start + i] * x[start + i];
  }
  let length2 = rowSum(squares) + dims.tiny;
  let share = rowSum(along) / length2;
  let factor = dims.scale / sqrt(length2);
  for (var i = first; i < dims.columns; i += LANES) { dx[start + i] = factor * (dy[start + i] - share * x[start + i]); }`,
      ),
    workgroups: frame.workgroups,
  });
}

/** The same in elementary operations. */
const composed =
  (scale: number) =>
  (...[x]: Tensor[]): Tensor =>
    mul(mul(x as Tensor, rsqrt(add(sum(square(x as Tensor), 1, true), tiny))), scale);

const gradientOp = defineOp<'dy' | 'x', Attrs>({
  name: 'StudioUnitRowsGradient',
  forward: ({ dy, x }, { scale }) => gradient(dy, x, scale),
  saveInputs: ['dy', 'x'],
  backward: (ddx, [dy, x], { scale }) => {
    if (!dy || !x) return {};
    const [byX, byDy] = gradientOfProduct(composed(scale), [x], dy, [ddx]) as [Tensor, Tensor];
    return { x: () => byX, dy: () => byDy };
  },
});

const unitRowsOp = defineOp<'x', Attrs>({
  name: 'StudioUnitRows',
  forward: ({ x }, { scale }) => forward(x, scale),
  saveInputs: ['x'],
  backward: (dy, [x], attrs) => ({ x: () => gradientOp({ dy, x }, attrs) }),
});

/**
 * @param x [B, C]
 * @param scale length of the result's rows, default 1
 * @returns [B, C]
 */
export function unitRows(x: Tensor2D, scale = 1): Tensor2D {
  return unitRowsOp({ x }, { scale }) as Tensor2D;
}
