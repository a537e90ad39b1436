/**
 * Batch normalisation with a gain and a bias of each example's own (conditional batch norm), and the
 * activation after it. Two dispatches forward, two for all three gradients. Differentiable to any order.
 */
import { slopeBelowZero } from '../biasAct/activation';
import { defineMultiOp } from '../kernel/op';
import { gradientOfProduct } from '../kernel/secondOrder';
import type { Tensor, Tensor2D, Tensor4D, TensorInfo } from '../tensor';
import { conditionalBatchNormComposed } from './conditionalBatchNormComposed';
import { batchNormBackward, batchNormForward } from './kernels';

interface Attrs {
  epsilon: number;
  /** Of the activation below zero; 1 for none. */
  slope: number;
}

/**
 * The forward pass's results ride along as attributes: the derivative through them is part of the one by x, gain and
 * bias.
 */
interface Saved extends Attrs {
  stats: TensorInfo;
  y: TensorInfo | null;
  /** The products do not depend on it but for kinks. */
  bias: Tensor;
}

const gradientOp = defineMultiOp<'dy' | 'x' | 'gain', Saved>({
  name: 'StudioBatchNormGradient',
  forward: ({ dy, x, gain }, { stats, y, slope }) => batchNormBackward({ dy, x, gain, stats, y }, slope),
  saveInputs: ['dy', 'x', 'gain'],
  backward: (directions, [dy, x, gain], { epsilon, slope, bias }) => {
    if (!dy || !x || !gain) return {};
    const composed = (...inputs: Tensor[]): Tensor =>
      conditionalBatchNormComposed(...(inputs as [Tensor, Tensor, Tensor]), epsilon, slope);
    const [byX, byGain, byDy] = gradientOfProduct(composed, [x, gain, bias], dy, directions, [2]) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    return { x: () => byX, gain: () => byGain, dy: () => byDy };
  },
});

/** With and without an activation: only with one is the result needed again. */
function batchNormOp(active: boolean): (inputs: { x: Tensor; gain: Tensor; bias: Tensor }, attrs: Attrs) => Tensor[] {
  return defineMultiOp<'x' | 'gain' | 'bias', Attrs>({
    name: `StudioBatchNorm${active ? 'Activated' : ''}`,
    forward: ({ x, gain, bias }, { epsilon, slope }) => batchNormForward(x, gain, bias, epsilon, slope),
    saveInputs: ['x', 'gain', 'bias'],
    saveOutputs: [active, true],
    backward: ([dy], [x, gain, bias, ...outputs], attrs) => {
      const [y, stats] = active ? outputs : [null, outputs[0]];
      if (!dy || !x || !gain || !bias || !stats) return {};
      const [dx, dgain, dbias] = gradientOp({ dy, x, gain }, { ...attrs, stats, y: y ?? null, bias });
      return { x: () => dx as Tensor, gain: () => dgain as Tensor, bias: () => dbias as Tensor };
    },
  });
}

const plainOp = batchNormOp(false);
const activatedOp = batchNormOp(true);

/**
 * `act(gain * (x - mean) / sqrt(variance + epsilon) + bias)`, statistics of the batch over B, H, W (biased variance).
 * @param x [B, H, W, C]
 * @param gain [B, C], used as it is (add 1 before, where the parametrisation wants it)
 * @param bias [B, C]
 * @param epsilon > 0, added to the variance
 * @param activation default 'linear', none
 * @returns [B, H, W, C]
 * @throws RangeError if gain or bias are not [B, C]
 */
export function conditionalBatchNorm(
  x: Tensor4D,
  gain: Tensor2D,
  bias: Tensor2D,
  epsilon: number,
  activation: 'linear' | 'relu' = 'linear',
): Tensor4D {
  const wanted = `${x.shape[0]},${x.shape[3]}`;
  if (gain.shape.join() !== wanted || bias.shape.join() !== wanted) {
    throw new RangeError(
      `conditionalBatchNorm: gain [${gain.shape.join()}] and bias [${bias.shape.join()}] must be [${wanted}]`,
    );
  }
  const slope = slopeBelowZero(activation, 0) ?? 1;
  return (slope === 1 ? plainOp : activatedOp)({ x, gain, bias }, { epsilon, slope })[0] as Tensor4D;
}
