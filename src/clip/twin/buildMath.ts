/**
 * Builders for arithmetic. They recognise, as soon as its last operator arrives: biases and quantisation scales of
 * linear layers, layer norm written out as mean, difference and deviation, and the GELU family; each becomes one
 * operator.
 */
import type { HostTensor } from '../../formats/onnx';
import { broadcastIndex } from './hostTensor';
import type { DerivedConstants } from './derived';
import {
  hostFloats,
  madeBy,
  madeByBinary,
  madeByUnary,
  scalarConstant,
  scalarOf,
  Value,
  vectorOf,
  type BinaryFunction,
  type TwinActivation,
  type TwinOp,
  type UnaryFunction,
} from './graph';
import { behindPlanes, peelScale, planesOf, reshape, transpose } from './buildMoving';
import { transposeHost } from './hostMovingOps';
import { broadcastShapes, sizeOf } from './shape';

const near = (x: number | null, y: number): boolean => x !== null && Math.abs(x - y) <= 1e-4 * Math.abs(y);

export function unary(fn: UnaryFunction, x: Value): Value {
  const pictures = behindPlanes(x);
  if (pictures) return planesOf(unary(fn, pictures));
  return Value.of({ kind: 'unary', fn }, [x], x.shape);
}

export function binary(fn: BinaryFunction, a: Value, b: Value, derived: DerivedConstants): Value {
  const pictures = onPictures(fn, a, b, derived);
  if (pictures) return pictures;
  const plain = (): Value => Value.of({ kind: 'binary', fn }, [a, b], broadcastShapes(a.shape, b.shape));
  switch (fn) {
    case 'add':
      return (
        withBias(a, b, derived) ??
        withBias(b, a, derived) ??
        (isAll(b, 0) ? sameOr(a, b) : isAll(a, 0) ? sameOr(b, a) : null) ??
        plain()
      );
    case 'mul':
      return scaled(a, b, derived) ?? scaled(b, a, derived) ?? geluOf(a, b) ?? plain();
    case 'div':
      return layerNormOf(a, b) ?? divided(a, b, derived) ?? plain();
    case 'sub':
      return isAll(b, 0) ? (sameOr(a, b) ?? plain()) : plain();
    case 'pow':
      return near(scalarOf(b), 2) ? unary('square', a) : near(scalarOf(b), 0.5) ? unary('sqrt', a) : plain();
    default:
      return plain();
  }
}

/**
 * Planes that are a view of channels-last pictures, with what fits to them: done on the pictures, so that views of
 * views vanish.
 */
function onPictures(fn: BinaryFunction, a: Value, b: Value, derived: DerivedConstants): Value | null {
  const sides = [a, b].map(
    (side, i) => behindPlanes(side) ?? (behindPlanes([b, a][i] as Value) ? asPictures(side, fn, derived) : null),
  );
  const [left, right] = sides;
  return left && right ? planesOf(binary(fn, left, right, derived)) : null;
}

/**
 * Something that broadcasts to planes, as it broadcasts to pictures: a constant, one number a channel, or one a pixel.
 * Scalar factors stay outside, where patterns look for them.
 */
function asPictures(x: Value, fn: BinaryFunction, derived: DerivedConstants): Value | null {
  if (sizeOf(x.shape) === 1) return x.constant && fn !== 'mul' && fn !== 'div' ? x : null;
  if (x.shape.length > 4) return null;
  const dims = [...Array.from({ length: 4 - x.shape.length }, () => 1), ...x.shape];
  if (x.constant) {
    const { constant } = x;
    return Value.constant(
      derived.derive('channels last', [constant], () => transposeHost({ ...constant, dims }, [0, 2, 3, 1])),
    );
  }
  return (dims[2] === 1 && dims[3] === 1) || dims[1] === 1 ? transpose(reshape(x, dims), [0, 2, 3, 1]) : null;
}

const isAll = (value: Value, number: number): boolean =>
  value.constant?.kind === 'float' && value.constant.data.every((x) => x === number);

/** `x`, unless broadcasting against `other` makes it larger. */
const sameOr = (x: Value, other: Value): Value | null =>
  broadcastShapes(x.shape, other.shape).join() === x.shape.join() ? x : null;

/** `x + vector` where x is a linear layer or layer norm without a bias. */
function withBias(x: Value, vector: Value, derived: DerivedConstants): Value | null {
  const width = x.shape.at(-1) ?? 0;
  const bias = vectorOf(vector, width);
  if (!bias || x.constant || x.shared) return null;
  const flat = Value.constant(derived.derive('flat', [bias], () => hostFloats([width], bias.data as Float32Array)));
  const summed = (before: Value | undefined): Value => {
    const old = before?.constant;
    return old
      ? Value.constant(
          derived.derive('add', [old, bias], () =>
            hostFloats(
              [width],
              (old.data as Float32Array).map((v, i) => v + (bias.data[i] as number)),
            ),
          ),
        )
      : flat;
  };
  const linear = madeBy(x, 'linear');
  if (linear && linear.op.activation === 'linear' && !linear.op.quantized) {
    return Value.of(linear.op, [linear.x, linear.inputs[1] as Value, summed(linear.inputs[2])], x.shape);
  }
  const norm = madeBy(x, 'layerNorm');
  if (norm && norm.inputs.length === 2) return Value.of(norm.op, [...norm.inputs, flat], x.shape);
  const conv = madeBy(x, 'conv') ?? madeBy(x, 'depthwise');
  if (conv) return Value.of(conv.op, [conv.x, conv.inputs[1] as Value, summed(conv.inputs[2])], x.shape);
  return null;
}

/** `x * factor` where the factor can be absorbed: the gain of a layer norm, the scale of a quantised weight, 1. */
function scaled(x: Value, factor: Value, derived: DerivedConstants): Value | null {
  if (x.constant) return null;
  const width = x.shape.at(-1) ?? 0;
  const gain = vectorOf(factor, width);
  const norm = madeBy(x, 'layerNorm');
  if (norm && gain && norm.inputs.length === 1) {
    const flat = derived.derive('flat', [gain], () => hostFloats([width], gain.data as Float32Array));
    return Value.of(norm.op, [norm.x, Value.constant(flat)], x.shape);
  }
  const linear = madeBy(x, 'linear');
  const scale = gain ?? (scalarOf(factor) !== null ? factor.constant : null);
  if (linear?.op.quantized && linear.inputs.length === 2 && scale) {
    const w = linear.inputs[1]?.constant;
    if (!w) return null;
    const columns = derived.derive('columns', [w, scale], () => {
      const at = broadcastIndex(scale, w.dims);
      return hostFloats(
        w.dims,
        Float32Array.from(w.data, (v, i) => v * (scale.data[at(i)] as number)),
      );
    });
    return Value.of({ ...linear.op, quantized: false }, [linear.x, Value.constant(columns)], x.shape);
  }
  const layer =
    (linear?.op.activation === 'linear' && !linear.op.quantized ? linear : null) ??
    madeBy(x, 'conv') ??
    madeBy(x, 'depthwise');
  if (layer && gain && gain.data.length > 1 && !x.shared) return withGain(x, layer, gain, derived);
  const number = scalarOf(factor);
  if (number === 1) return sameOr(x, factor);
  const inner = number === null ? null : peelScale(x);
  if (inner && number !== null)
    return binary('mul', inner.base, scalarConstant(number * (scalarOf(inner.factor) as number)), derived);
  return null;
}

/** A layer whose results are scaled one by one (a folded batch norm, a layer scale), as a layer with other weights. */
function withGain(
  x: Value,
  layer: { op: TwinOp; inputs: readonly Value[]; x: Value },
  gain: HostTensor,
  derived: DerivedConstants,
): Value {
  const width = gain.data.length;
  const times = (tensor: HostTensor): Value =>
    Value.constant(
      derived.derive('gain', [tensor, gain], () =>
        hostFloats(
          tensor.dims,
          Float32Array.from(tensor.data, (v, i) => v * (gain.data[i % width] as number)),
        ),
      ),
    );
  const weights = layer.inputs
    .slice(1)
    .map(({ constant }) => (constant ? times(constant) : null))
    .filter((value) => value !== null);
  return Value.of(layer.op, [layer.x, ...weights], x.shape);
}

/** Division by a number, as multiplication: so that scales are found in one form. */
function divided(x: Value, divisor: Value, derived: DerivedConstants): Value | null {
  const number = scalarOf(divisor);
  return number !== null && !x.constant && divisor.shape.length <= x.shape.length
    ? binary('mul', x, scalarConstant(1 / number), derived)
    : null;
}

/** `(x - mean) / sqrt(mean((x - mean)^2) + epsilon)` over the last axis. */
function layerNormOf(a: Value, b: Value): Value | null {
  const inside = madeByBinary(madeByUnary(b, 'sqrt') ?? undefined, 'add');
  if (!inside) return null;
  const [variance, epsilon] =
    scalarOf(inside.b) !== null ? [inside.a, scalarOf(inside.b)] : [inside.b, scalarOf(inside.a)];
  const mean = madeBy(variance, 'reduce');
  const difference = madeByBinary(a, 'sub');
  if (!mean || mean.op.fn !== 'mean' || epsilon === null || !difference) return null;
  const centre = madeBy(difference.b, 'reduce');
  const squared = madeByUnary(mean.x, 'square') ?? selfProduct(mean.x);
  const last = difference.a.shape.length - 1;
  const overLast = (axes: readonly number[]): boolean => axes.length === 1 && axes[0] === last;
  const matches =
    squared !== null &&
    sameDifference(squared, difference) &&
    centre?.op.fn === 'mean' &&
    centre.x === difference.a &&
    overLast(centre.op.axes) &&
    overLast(mean.op.axes);
  return matches ? Value.of({ kind: 'layerNorm', epsilon }, [difference.a], a.shape) : null;
}

function selfProduct(x: Value): Value | null {
  const product = madeByBinary(x, 'mul');
  return product && product.a === product.b ? product.a : null;
}

function sameDifference(x: Value, difference: { a: Value; b: Value }): boolean {
  const other = madeByBinary(x, 'sub');
  if (!other || other.a !== difference.a) return false;
  const [one, two] = [madeBy(other.b, 'reduce'), madeBy(difference.b, 'reduce')];
  return other.b === difference.b || (one !== null && two !== null && one.x === two.x && one.op.fn === two.op.fn);
}

/** Factors of a product of products; constants of one element multiplied into `scale`. */
function factorsOf(values: readonly Value[], depth = 3): { scale: number; factors: Value[] } {
  let scale = 1;
  const factors: Value[] = [];
  for (const value of values) {
    const number = scalarOf(value);
    const product = depth > 0 ? madeByBinary(value, 'mul') : null;
    const power = powerOf(value);
    if (number !== null) scale *= number;
    else if (power) factors.push(...power);
    else if (product) {
      const inner = factorsOf([product.a, product.b], depth - 1);
      scale *= inner.scale;
      factors.push(...inner.factors);
    } else factors.push(value);
  }
  return { scale, factors };
}

/** `x^2` and `x^3` as their factors. */
function powerOf(value: Value): Value[] | null {
  const square = madeByUnary(value, 'square');
  if (square) return [square, square];
  const power = madeByBinary(value, 'pow');
  return power && near(scalarOf(power.b), 3) ? [power.a, power.a, power.a] : null;
}

/** Whether `value` is `scale x^power`, within rounding. */
function isMonomial(value: Value, x: Value, scale: number, power: number): boolean {
  const found = factorsOf([value]);
  return near(found.scale, scale) && found.factors.length === power && found.factors.every((factor) => factor === x);
}

/** Whether `value` is `sqrt(2 / pi) (x + 0.044715 x^3)`, the cube written out or x taken before the bracket. */
function isTanhArgument(value: Value, x: Value): boolean {
  const { scale, factors } = factorsOf([value]);
  if (!near(scale, Math.sqrt(2 / Math.PI)) || factors.length > 2) return false;
  const sum = madeByBinary(
    factors.find((factor) => factor !== x),
    'add',
  );
  if (!sum || (factors.length === 2 && !factors.includes(x))) return false;
  for (const [one, other] of [[sum.a, sum.b] as const, [sum.b, sum.a] as const]) {
    if (
      factors.length === 1
        ? one === x && isMonomial(other, x, 0.044715, 3)
        : scalarOf(one) === 1 && isMonomial(other, x, 0.044715, 2)
    )
      return true;
  }
  return false;
}

/**
 * `x sigmoid(1.702 x)` (quick GELU), `x (1 + tanh(...)) / 2` (its tanh form) and `x (1 + erf(x / sqrt 2)) / 2` (GELU),
 * in any order of factors.
 */
function geluOf(a: Value, b: Value): Value | null {
  const { scale, factors } = factorsOf([a, b]);
  const [one, two] = factors;
  if (!one || !two || factors.length !== 2) return null;
  for (const [x, sigma] of [[one, two] as const, [two, one] as const]) {
    const quick = peelScale(madeByUnary(sigma, 'sigmoid') ?? sigma);
    if (scale === 1 && madeByUnary(sigma, 'sigmoid') && quick?.base === x && near(scalarOf(quick.factor), 1.702))
      return activate('quickGelu', x);
    const sum = madeByBinary(sigma, 'add');
    const tanh =
      sum &&
      (scalarOf(sum.b) === 1 ? madeByUnary(sum.a, 'tanh') : scalarOf(sum.a) === 1 ? madeByUnary(sum.b, 'tanh') : null);
    if (tanh && near(scale, 0.5) && isTanhArgument(tanh, x)) return activate('geluTanh', x);
    const erf =
      sum &&
      (scalarOf(sum.b) === 1 ? madeByUnary(sum.a, 'erf') : scalarOf(sum.a) === 1 ? madeByUnary(sum.b, 'erf') : null);
    const inner = erf && peelScale(erf);
    if (near(scale, 0.5) && inner?.base === x && near(scalarOf(inner.factor), Math.SQRT1_2)) return activate('gelu', x);
  }
  return null;
}

/** An activation, taken into the linear layer before it where there is one. */
export function activate(fn: Exclude<TwinActivation, 'linear'>, x: Value): Value {
  const pictures = behindPlanes(x);
  if (pictures) return planesOf(activate(fn, pictures));
  const linear = madeBy(x, 'linear');
  if (linear && linear.op.activation === 'linear' && !linear.op.quantized)
    return Value.of({ ...linear.op, activation: fn }, linear.inputs, x.shape);
  return Value.of({ kind: 'activation', fn }, [x], x.shape);
}
