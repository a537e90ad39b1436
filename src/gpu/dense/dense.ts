/**
 * Fully connected layer, `act(x w + bias)`: one dispatch forward (two where the inner axis is split). Backwards one
 * dispatch for the activation, if there is one, and one product each for the gradients that are asked for.
 * Differentiable to any order.
 */
import { isSmooth, slopeBelowZero, type Activation, type SmoothActivation } from '../biasAct/activation';
import { slopeOp } from '../biasAct/piecewise';
import { smoothBend, smoothSlopeKernel } from '../biasAct/smooth';
import { runMatMul } from '../gemm/matMulKernel';
import { matMul } from '../matmul/matmul';
import { defineMultiOp, defineOp } from '../kernel/op';
import { columnSum } from '../reduce/columnSum';
import type { Tensor, Tensor2D, TensorInfo } from '../tensor';

const alpha = 0.2;

type Gradients = { x: () => Tensor; w: () => Tensor; bias: () => Tensor };

/** Gradients by what makes up z = x w + bias. */
function through(dz: Tensor, x: Tensor, w: Tensor): Gradients {
  return {
    x: () => matMul(dz, w, { transposeB: true }),
    w: () => matMul(x, dz, { transposeA: true }),
    bias: () => columnSum(dz),
  };
}

interface Rounding {
  /** As in `DenseOptions`. */
  half: boolean;
}

interface Piecewise extends Rounding {
  activation: Exclude<Activation, SmoothActivation>;
  slope: number;
}

const forward = (
  x: TensorInfo,
  w: TensorInfo,
  bias: TensorInfo | undefined,
  activation: Activation,
  half: boolean,
  keepInput = false,
): TensorInfo[] =>
  runMatMul(
    { a: x, b: w, transposeA: false, transposeB: false, half },
    { bias: bias ?? null, activation, alpha, keepInput },
  );

const linearOp = defineOp<'x' | 'w' | 'bias', Rounding>({
  name: 'StudioDenseLinear',
  forward: ({ x, w, bias }, { half }) => forward(x, w, bias, 'linear', half),
  saveInputs: ['x', 'w'],
  backward: (dy, [x, w]) => (x && w ? through(dy, x, w) : {}),
});

const piecewiseOp = defineOp<'x' | 'w' | 'bias', Piecewise>({
  name: 'StudioDensePiecewise',
  forward: ({ x, w, bias }, { activation, half }) => forward(x, w, bias, activation, half),
  saveInputs: ['x', 'w'],
  saveOutputs: [true],
  backward: (dy, [x, w, y], { slope }) => (x && w && y ? through(slopeOp({ dy }, { y, slope, gain: 1 }), x, w) : {}),
});

interface Smooth extends Rounding {
  activation: SmoothActivation;
}

function preActivation(x: Tensor, w: Tensor, bias: Tensor | undefined, half = false): Tensor {
  return bias ? linearOp({ x, w, bias }, { half }) : matMul(x, w, { half });
}

/** With and without a bias: what is saved must always be there. */
function smoothDense(withBias: boolean): (x: Tensor, w: Tensor, bias: Tensor | undefined, attrs: Smooth) => Tensor {
  const suffix = withBias ? 'Bias' : '';
  const saved = withBias ? (['x', 'w', 'bias'] as const) : (['x', 'w'] as const);
  const onlyGiven = ({ x, w, bias }: Gradients): Partial<Gradients> => (withBias ? { x, w, bias } : { x, w });

  // dz as a function of dy, x, w and bias. z itself rides along as an attribute; where its derivative is wanted it is
  // computed again.
  const slopeOfDense = defineOp<'dy' | 'x' | 'w' | 'bias', Smooth & { z: TensorInfo }>({
    name: `StudioDenseSmoothGradient${suffix}`,
    forward: ({ dy }, { z, activation }) => smoothSlopeKernel(dy, z, { activation, gain: 1 }),
    saveInputs: ['dy', ...saved],
    backward: (dd, [dy, x, w, bias], attrs) => {
      if (!dy || !x || !w) return {};
      const byZ = smoothBend(dd, dy, preActivation(x, w, bias), { activation: attrs.activation, gain: 1 });
      return { dy: (): Tensor => slopeOfDense({ dy: dd, x, w, bias }, attrs), ...onlyGiven(through(byZ, x, w)) };
    },
  });
  const denseOp = defineMultiOp<'x' | 'w' | 'bias', Smooth>({
    name: `StudioDenseSmooth${suffix}`,
    forward: ({ x, w, bias }, { activation, half }) => forward(x, w, bias, activation, half, true),
    saveInputs: saved,
    saveOutputs: [false, true],
    backward: ([dy], all, attrs) => {
      const [x, w, bias] = withBias ? all : [all[0], all[1], undefined];
      const z = all.at(-1);
      if (!dy || !x || !w || !z) return {};
      return onlyGiven(through(slopeOfDense({ dy, x, w, bias }, { ...attrs, z }), x, w));
    },
  });
  return (x, w, bias, attrs) => denseOp({ x, w, bias }, attrs)[0] as Tensor;
}

const plainSmooth = smoothDense(false);
const biasedSmooth = smoothDense(true);

export interface DenseOptions {
  /**
   * The layer may round x and w to float16 where that is faster on the device at hand, for frozen networks; its
   * gradients do not. Default false.
   */
  half?: boolean;
}

/**
 * @param x [B, I]
 * @param w [I, O]
 * @param bias [O], or null for none
 * @param activation default 'linear'; 'lrelu' has slope 0.2
 * @returns [B, O]
 * @throws RangeError if the shapes do not fit
 */
export function dense(
  x: Tensor2D,
  w: Tensor2D,
  bias: Tensor | null,
  activation: Activation = 'linear',
  { half = false }: DenseOptions = {},
): Tensor2D {
  if (bias && bias.shape.join() !== `${w.shape[1]}`)
    throw new RangeError(`dense: a bias of [${bias.shape.join()}] for ${w.shape[1]} outputs`);
  const given = bias ?? undefined;
  if (isSmooth(activation)) return (bias ? biasedSmooth : plainSmooth)(x, w, given, { activation, half }) as Tensor2D;
  const slope = slopeBelowZero(activation, alpha) ?? 1;
  if (slope !== 1) return piecewiseOp({ x, w, bias: given }, { activation, slope, half }) as Tensor2D;
  return preActivation(x, w, given, half) as Tensor2D;
}
