/**
 * A whole adversarial loss in one dispatch: `sum over i of coefficient_i V(sign_i logit_i)`. Terms of one loss differ only
 * in which way they push and in how much they count, so both are data. What is left of a form of loss, V and its
 * derivatives, makes an operation of it. Differentiable to any order in the logits that V's second derivative allows;
 * signs and coefficients are constants.
 */
import { linearGrid } from '../kernel/dispatch';
import { defineOp } from '../kernel/op';
import { runProgram } from '../kernel/program';
import { rowFrame } from '../kernel/rows';
import { mul, onesLike, reshape, sum, zerosLike, type Tensor, type TensorInfo } from '../tensor';

type Operand = 'logits' | 'signs' | 'coefficients';

/** WGSL texts see `signs[i]`, `logits[i]` and `coefficients[i]`. */
export interface LossForm {
  /** Names the kernels: `NAME.loss` and `NAME.gradient`. */
  name: string;
  /** WGSL: adds coefficient times V to `part`. */
  term: string;
  /** WGSL: statements that end by setting `y[i]` to dy[0] times the derivative by logit i. */
  slope: string;
  /** The second derivative by the logits, coefficients included; null where it is 0 almost everywhere. */
  curvature: ((operands: Record<Operand, Tensor>) => Tensor) | null;
}

export type WeightedLoss = (logits: Tensor, signs: Tensor, coefficients: Tensor) => Tensor;

function sizeOf({ shape }: TensorInfo): number {
  return shape.reduce((product, side) => product * side, 1);
}

function loss({ name, term }: LossForm, { logits, signs, coefficients }: Record<Operand, TensorInfo>): TensorInfo[] {
  const size = sizeOf(logits);
  const frame = rowFrame(1, size);
  return runProgram({
    label: `${name}.loss`,
    variant: frame.variant,
    ints: { size },
    outputs: { y: { shape: [] } },
    inputs: { logits: { tensor: logits }, signs: { tensor: signs }, coefficients: { tensor: coefficients } },
    body: () =>
      frame.module(
        '1',
        /* wgsl */ `
  var part = 0.0;
  for (var i = first; i < dims.size; i += LANES) { ${term} }
  let whole = rowSum(part);
  if (first == 0) { y[0] = whole; }`,
      ),
    workgroups: frame.workgroups,
  });
}

/** dy times the derivative of the sum by every logit. */
function gradient(
  { name, slope }: LossForm,
  { dy, logits, signs, coefficients }: Record<'dy' | Operand, TensorInfo>,
): TensorInfo[] {
  const size = sizeOf(logits);
  const grid = linearGrid(size);
  return runProgram({
    label: `${name}.gradient`,
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
  ${slope}
}`,
    workgroups: grid.workgroups,
  });
}

/**
 * The operation of a form of loss. It takes logits of any shape, as many signs (+1 wants the logit high, -1 low) and as
 * many coefficients, gives a scalar, and throws a RangeError if the sizes differ.
 */
export function defineWeightedLoss(form: LossForm): WeightedLoss {
  const { name, curvature } = form;
  const kernelName = `Studio${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const gradientOp = defineOp<'dy' | Operand>({
    name: `${kernelName}Gradient`,
    forward: (inputs) => gradient(form, inputs),
    saveInputs: ['dy', 'logits', 'signs', 'coefficients'],
    backward: (ddx, [dy, logits, signs, coefficients]): Partial<Record<'dy' | Operand, () => Tensor>> => {
      if (!dy || !logits || !signs || !coefficients) return {};
      return {
        dy: () => sum(mul(ddx, gradientOp({ dy: onesLike(dy), logits, signs, coefficients }, {}))),
        logits: () => (curvature ? mul(mul(ddx, dy), curvature({ logits, signs, coefficients })) : zerosLike(logits)),
        signs: () => zerosLike(signs),
        coefficients: () => zerosLike(coefficients),
      };
    },
  });
  const lossOp = defineOp<Operand>({
    name: kernelName,
    forward: (inputs) => loss(form, inputs),
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
  return (logits, signs, coefficients) => {
    if (signs.size !== logits.size || coefficients.size !== logits.size) {
      throw new RangeError(`${name}: ${logits.size} logits, ${signs.size} signs, ${coefficients.size} coefficients`);
    }
    return lossOp(
      { logits, signs: reshape(signs, logits.shape), coefficients: reshape(coefficients, logits.shape) },
      {},
    );
  };
}
