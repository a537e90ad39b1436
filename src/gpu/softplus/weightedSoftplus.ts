/**
 * A whole logistic loss in one dispatch: `sum over i of coefficient_i softplus(-sign_i logit_i)`, the twin of
 * `weightedHinge`, with the same signs and coefficients. Differentiable to any order in the logits; signs and
 * coefficients are constants.
 */
import { linearGrid } from '../kernel/dispatch';
import { defineOp } from '../kernel/op';
import { runProgram } from '../kernel/program';
import { rowFrame } from '../kernel/rows';
import { mul, onesLike, reshape, sigmoid, square, sub, sum, zerosLike, type Tensor, type TensorInfo } from '../tensor';

type Operand = 'logits' | 'signs' | 'coefficients';

function sizeOf({ shape }: TensorInfo): number {
  return shape.reduce((product, side) => product * side, 1);
}

function loss({ logits, signs, coefficients }: Record<Operand, TensorInfo>): TensorInfo[] {
  const size = sizeOf(logits);
  const frame = rowFrame(1, size);
  return runProgram({
    label: 'weightedSoftplus.loss',
    variant: frame.variant,
    ints: { size },
    outputs: { y: { shape: [] } },
    inputs: { logits: { tensor: logits }, signs: { tensor: signs }, coefficients: { tensor: coefficients } },
    body: () =>
      frame.module(
        '1',
        /* wgsl */ `
  var part = 0.0;
  for (var i = first; i < dims.size; i += LANES) {
    let t = -signs[i] * logits[i];
    part += coefficients[i] * (max(0.0, t) + log(1.0 + exp(-abs(t))));
  }
  let whole = rowSum(part);
  if (first == 0) { y[0] = whole; }`,
      ),
    workgroups: frame.workgroups,
  });
}

/** dy times the derivative of the sum by every logit. */
function gradient({ dy, logits, signs, coefficients }: Record<'dy' | Operand, TensorInfo>): TensorInfo[] {
  const size = sizeOf(logits);
  const grid = linearGrid(size);
  return runProgram({
    label: 'weightedSoftplus.gradient',
    ints: { size },
    outputs: { y: { shape: logits.shape } },
    inputs: {
      dy: { tensor: dy },
      logits: { tensor: logits },
      signs: { tensor: signs },
      coefficients: { tensor: coefficients },
    },
    // The exponent is never positive: infinities are not dependable in WGSL.
    body: () => /* wgsl */ `
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  let i = i32(index);
  if (i >= dims.size) { return; }
  let t = -signs[i] * logits[i];
  let e = exp(-abs(t));
  y[i] = -coefficients[i] * signs[i] * dy[0] * select(e, 1.0, t >= 0.0) / (1.0 + e);
}`,
    workgroups: grid.workgroups,
  });
}

const gradientOp = defineOp<'dy' | Operand>({
  name: 'StudioWeightedSoftplusGradient',
  forward: gradient,
  saveInputs: ['dy', 'logits', 'signs', 'coefficients'],
  backward: (ddx, [dy, logits, signs, coefficients]): Partial<Record<'dy' | Operand, () => Tensor>> => {
    if (!dy || !logits || !signs || !coefficients) return {};
    return {
      dy: () => sum(mul(ddx, gradientOp({ dy: onesLike(dy), logits, signs, coefficients }, {}))),
      logits: () => {
        const likely = sigmoid(mul(signs, logits));
        const curvature = mul(mul(likely, sub(1, likely)), mul(coefficients, square(signs)));
        return mul(mul(ddx, dy), curvature);
      },
      signs: () => zerosLike(signs),
      coefficients: () => zerosLike(coefficients),
    };
  },
});

const softplusOp = defineOp<Operand>({
  name: 'StudioWeightedSoftplus',
  forward: loss,
  saveInputs: ['logits', 'signs', 'coefficients'],
  backward: (dy, [logits, signs, coefficients]) => {
    if (!logits || !signs || !coefficients) return {};
    return {
      logits: () => gradientOp({ dy, logits, signs, coefficients }, {}),
      signs: () => zerosLike(signs),
      coefficients: () => zerosLike(coefficients),
    };
  },
});

/**
 * @param logits any shape
 * @param signs as many values: +1 wants the logit high, -1 low
 * @param coefficients as many values
 * @returns a scalar
 * @throws RangeError if the sizes differ
 */
export function weightedSoftplus(logits: Tensor, signs: Tensor, coefficients: Tensor): Tensor {
  if (signs.size !== logits.size || coefficients.size !== logits.size) {
    throw new RangeError(
      `weightedSoftplus: ${logits.size} logits, ${signs.size} signs, ${coefficients.size} coefficients`,
    );
  }
  return softplusOp(
    { logits, signs: reshape(signs, logits.shape), coefficients: reshape(coefficients, logits.shape) },
    {},
  );
}
