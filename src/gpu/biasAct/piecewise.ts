/**
 * Bias and a piecewise linear activation. The derivative is read off the sign of the saved result, and it reaches the
 * gradient kernel as an attribute, not as an input: it is constant wherever it exists, and an input would send
 * gradients of zeros back through the whole network at second order.
 */
import { elementwise } from '../kernel/elementwise';
import { defineOp } from '../kernel/op';
import { columnSum } from '../reduce/columnSum';
import { mul, type Tensor, type TensorInfo } from '../tensor';

interface Linear {
  gain: number;
}

/** `slope` below zero, 1 above, times `gain` > 0. */
interface Piecewise extends Linear {
  slope: number;
}

export const biasOp = defineOp<'x' | 'bias', Linear>({
  name: 'StudioBias',
  forward: ({ x, bias }, { gain }) =>
    elementwise({
      label: 'bias',
      variant: '',
      shape: x.shape,
      inputs: { x },
      bias,
      floats: { gain },
      result: 'dims.gain * (x + bias)',
    }),
  backward: (dy, _saved, { gain }) => {
    const scaled = (): Tensor => (gain === 1 ? dy : mul(dy, gain));
    return { x: scaled, bias: () => columnSum(scaled()) };
  },
});

export const slopeOp = defineOp<'dy', Piecewise & { y: TensorInfo }>({
  name: 'StudioPiecewiseGradient',
  forward: ({ dy }, { y, slope, gain }) =>
    elementwise({
      label: 'piecewise.gradient',
      variant: '',
      shape: y.shape,
      inputs: { dy, y },
      floats: { above: gain, below: gain * slope },
      helpers: (type) =>
        `fn slopeAt(y: ${type}) -> ${type} { return select(${type}(dims.below), ${type}(dims.above), y > ${type}(0.0)); }`,
      result: 'dy * slopeAt(y)',
    }),
  backward: (ddx, _saved, attrs) => ({ dy: (): Tensor => slopeOp({ dy: ddx }, attrs) }),
});

export const piecewiseOp = defineOp<'x' | 'bias', Piecewise>({
  name: 'StudioPiecewise',
  forward: ({ x, bias }, { slope, gain }) =>
    elementwise({
      label: 'piecewise',
      variant: '',
      shape: x.shape,
      inputs: { x },
      bias,
      floats: { gain, slope },
      helpers: (type) =>
        `fn activate(z: ${type}) -> ${type} { return dims.gain * select(dims.slope * z, z, z > ${type}(0.0)); }`,
      result: 'activate(x + bias)',
    }),
  saveOutputs: [true],
  backward: (dy, [y], attrs) => {
    if (!y) return {};
    const dz = slopeOp({ dy }, { ...attrs, y });
    return { x: () => dz, bias: () => columnSum(dz) };
  },
});
