/**
 * A whole hinge loss in one dispatch: `sum over i of coefficient_i relu(1 - sign_i logit_i)`. Terms of one loss differ
 * only in which way they push and in how much they count, so both are data. Differentiable to any order in the logits
 * (the second derivative is zero almost everywhere); signs and coefficients are constants.
 */
import { defineOp } from '../kernel/op';
import { runProgram } from '../kernel/program';
import { rowFrame } from '../kernel/rows';
import { mul, onesLike, reshape, sum, zerosLike, type Tensor, type TensorInfo } from '../tensor';
import { linearGrid } from '../kernel/dispatch';

type Operand = 'logits' | 'signs' | 'coefficients';

function sizeOf({ shape }: TensorInfo): number {
  return shape.reduce((product, side) => product * side, 1);
}

function loss({ logits, signs, coefficients }: Record<Operand, TensorInfo>): TensorInfo[] {
  const size = sizeOf(logits);
  const frame = rowFrame(1, size);
  return runProgram({
    label: 'weightedHinge.loss',
    variant: frame.variant,
    ints: { size },
    outputs: { y: { shape: [] } },
    inputs: { logits: { tensor: logits }, signs: { tensor: signs }, coefficients: { tensor: coefficients } },
    body: () =>
      frame.module(
        '1',
        /* wgsl */ `
  var part = 0.0;
  for (var i = first; i < dims.size; i += LANES) { part += coefficients[i] * max(0.0, 1.0 - signs[i] * logits[i]); }
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
    label: 'weightedHinge.gradient',
    ints: { size },
    outputs: { y: { shape: logits.shape } },
    inputs: {
      dy: { tensor: dy },
      logits: { tensor: logits },
      signs: { tensor: signs },
      coefficients: { tensor: coefficients },
    },
    body: () => /* wgsl */ `
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  let i = i32(index);
  if (i >= dims.size) { return; }
  y[i] = select(0.0, -coefficients[i] * signs[i] * dy[0], signs[i] * logits[i] < 1.0);
}`,
    workgroups: grid.workgroups,
  });
}

/** Linear in dy, piecewise constant in the logits. */
const gradientOp = defineOp<'dy' | Operand>({
  name: 'StudioWeightedHingeGradient',
  forward: gradient,
  saveInputs: ['dy', 'logits', 'signs', 'coefficients'],
  backward: (ddx, [dy, logits, signs, coefficients]): Partial<Record<'dy' | Operand, () => Tensor>> => {
    if (!dy || !logits || !signs || !coefficients) return {};
    return {
      dy: () => sum(mul(ddx, gradientOp({ dy: onesLike(dy), logits, signs, coefficients }, {}))),
      logits: () => zerosLike(logits),
      signs: () => zerosLike(signs),
      coefficients: () => zerosLike(coefficients),
    };
  },
});

const hingeOp = defineOp<Operand>({
  name: 'StudioWeightedHinge',
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
 * @param signs as many values: +1 wants the logit above 1, -1 below -1
 * @param coefficients as many values
 * @returns a scalar
 * @throws RangeError if the sizes differ
 */
export function weightedHinge(logits: Tensor, signs: Tensor, coefficients: Tensor): Tensor {
  if (signs.size !== logits.size || coefficients.size !== logits.size) {
    throw new RangeError(
      `weightedHinge: ${logits.size} logits, ${signs.size} signs, ${coefficients.size} coefficients`,
    );
  }
  return hingeOp(
    { logits, signs: reshape(signs, logits.shape), coefficients: reshape(coefficients, logits.shape) },
    {},
  );
}
