/**
 * Bias and a smooth activation: kernels for the value and its first two derivatives; the third and higher are composed.
 */
import { elementwise } from '../kernel/elementwise';
import { defineOp } from '../kernel/op';
import { columnSum } from '../reduce/columnSum';
import { add, exp, mul, sigmoid, square, sub, type Tensor, type TensorInfo } from '../tensor';
import { activationWgsl, type SmoothActivation } from './activation';

interface Attrs {
  activation: SmoothActivation;
  gain: number;
}

/** The third derivative, in elementary operations. */
function third(z: Tensor, activation: SmoothActivation): Tensor {
  if (activation === 'gelu')
    return mul(mul(exp(mul(square(z), -0.5)), 1 / Math.sqrt(2 * Math.PI)), mul(z, sub(square(z), 4)));
  if (activation === 'geluTanh') return thirdOfTanh(z);
  const a = 1.702;
  const sigma = sigmoid(mul(z, a));
  const slope = mul(sigma, sub(1, sigma));
  const tilt = sub(1, mul(sigma, 2));
  const inner = sub(mul(tilt, add(mul(mul(z, tilt), a), 3)), mul(mul(z, slope), 2 * a));
  return mul(mul(slope, inner), a * a);
}

/**
 * With w as in activation.ts and g the slope of the sigmoid: `3 g (t w'^2 + w'') + z g ((t^2 - 2 g) w'^3 + 3 t w' w'' +
 * w''')`, t = 1 - 2 sigmoid(w).
 */
function thirdOfTanh(z: Tensor): Tensor {
  const a = 2 * Math.sqrt(2 / Math.PI);
  const b = 0.044715 * a;
  const sigma = sigmoid(mul(z, add(mul(square(z), b), a)));
  const slope = mul(sigma, sub(1, sigma));
  const tilt = sub(1, mul(sigma, 2));
  const [first, second] = [add(mul(square(z), 3 * b), a), mul(z, 6 * b)];
  const bend = add(mul(tilt, square(first)), second);
  const twist = add(
    add(mul(sub(square(tilt), mul(slope, 2)), mul(square(first), first)), mul(mul(mul(tilt, first), second), 3)),
    6 * b,
  );
  return mul(slope, add(mul(bend, 3), mul(z, twist)));
}

function kernel(
  order: 0 | 1 | 2,
  factors: Record<string, TensorInfo>,
  x: TensorInfo,
  bias: TensorInfo | undefined,
  { activation, gain }: Attrs,
): TensorInfo[] {
  return elementwise({
    label: `smooth.${order}`,
    variant: activation,
    shape: x.shape,
    inputs: { ...factors, x },
    bias: bias ?? null,
    floats: { gain },
    helpers: (type) => activationWgsl('f', activation, order, type, ''),
    result: ['dims.gain', ...Object.keys(factors), 'f(x + bias)'].join(' * '),
  });
}

interface Family {
  value: (x: Tensor, bias: Tensor | undefined, attrs: Attrs) => Tensor;
  bend: (dd: Tensor, dy: Tensor, x: Tensor, attrs: Attrs) => Tensor;
}

/** The three operations, for inputs with and without a bias: what is saved must always be there. */
function family(withBias: boolean): Family {
  const suffix = withBias ? 'Bias' : '';
  const saved = withBias ? (['x', 'bias'] as const) : (['x'] as const);
  const byBias = (byX: () => Tensor): { bias?: () => Tensor } => (withBias ? { bias: () => columnSum(byX()) } : {});

  const secondOp = defineOp<'dd' | 'dy' | 'x' | 'bias', Attrs>({
    name: `StudioSmoothSecond${suffix}`,
    forward: ({ dd, dy, x, bias }, attrs) => kernel(2, { dd, dy }, x, bias, attrs),
    saveInputs: ['dd', 'dy', ...saved],
    backward: (d, [dd, dy, x, bias], attrs) => {
      if (!dd || !dy || !x) return {};
      const byX = (): Tensor =>
        mul(mul(mul(d, mul(dd, dy)), attrs.gain), third(bias ? add(x, bias) : x, attrs.activation));
      return {
        dd: (): Tensor => secondOp({ dd: d, dy, x, bias }, attrs),
        dy: (): Tensor => secondOp({ dd, dy: d, x, bias }, attrs),
        x: byX,
        ...byBias(byX),
      };
    },
  });
  const firstOp = defineOp<'dy' | 'x' | 'bias', Attrs>({
    name: `StudioSmoothFirst${suffix}`,
    forward: ({ dy, x, bias }, attrs) => kernel(1, { dy }, x, bias, attrs),
    saveInputs: ['dy', ...saved],
    backward: (dd, [dy, x, bias], attrs) => {
      const byX = (): Tensor => secondOp({ dd, dy, x, bias }, attrs);
      return { dy: (): Tensor => firstOp({ dy: dd, x, bias }, attrs), x: byX, ...byBias(byX) };
    },
  });
  const valueOp = defineOp<'x' | 'bias', Attrs>({
    name: `StudioSmooth${suffix}`,
    forward: ({ x, bias }, attrs) => kernel(0, {}, x, bias, attrs),
    saveInputs: saved,
    backward: (dy, [x, bias], attrs) => {
      const dz = firstOp({ dy, x, bias }, attrs);
      return { x: () => dz, ...byBias(() => dz) };
    },
  });
  return {
    value: (x, bias, attrs) => valueOp({ x, bias }, attrs),
    bend: (dd, dy, x, attrs) => secondOp({ dd, dy, x }, attrs),
  };
}

const plain = family(false);
const biased = family(true);

/** `gain * act(x + bias)`. */
export function smooth(x: Tensor, bias: Tensor | null, attrs: Attrs): Tensor {
  return bias ? biased.value(x, bias, attrs) : plain.value(x, undefined, attrs);
}

/** `gain * dd * dy * act''(x)`, differentiable by all three. */
export function smoothBend(dd: Tensor, dy: Tensor, x: Tensor, attrs: Attrs): Tensor {
  return plain.bend(dd, dy, x, attrs);
}

/** The kernel of `gain * dy * act'(x)`, for operations that differentiate it themselves. */
export function smoothSlopeKernel(dy: TensorInfo, x: TensorInfo, attrs: Attrs): TensorInfo[] {
  return kernel(1, { dy }, x, undefined, attrs);
}
