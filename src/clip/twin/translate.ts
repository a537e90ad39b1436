/**
 * ONNX operators whose inputs are not all known ahead, in terms of the twin's own. An operator that is missing here, or used in a
 * way that cannot be followed, is a 'clip-unsupported' error that names it.
 */
import type { HostTensor } from '../../formats/onnx';
import { conv } from './buildConv';
import { activate, binary, unary } from './buildMath';
import { concat, expand, gather, gatherNd, reshape, slice, transpose } from './buildMoving';
import { gemm, linear, matmul } from './buildProducts';
import type { DerivedConstants } from './derived';
import { hostFloats, madeByUnary, scalarConstant, Value, type BinaryFunction, type UnaryFunction } from './graph';
import { flattenedShape, sliceRanges, splitSizes, squeezedShape, unsqueezedShape } from './hostMovingOps';
import { reducedShape, reductionAxes } from './hostOps';
import { broadcastIndex } from './hostTensor';
import { attributeNumber, attributeNumbers, numbersOf, type NodeLike } from './node';
import { broadcastShapes, normalizeAxis, resolveReshape } from './shape';

export interface TranslateContext {
  readonly node: NodeLike;
  /** Undefined where an optional input is absent. */
  readonly inputs: readonly (Value | undefined)[];
  readonly opset: number;
  readonly derived: DerivedConstants;
}

type Translate = (context: TranslateContext, x: Value) => Value | Value[];

function input(context: TranslateContext, index: number): Value {
  const value = context.inputs[index];
  if (!value) throw new RangeError(`Input ${index} is missing.`);
  return value;
}

/** Input `index`, where it must be known ahead; undefined where it is absent. */
function known(context: TranslateContext, index: number): HostTensor | undefined {
  const value = context.inputs[index];
  if (value && !value.constant) throw new RangeError(`Input ${index} depends on the picture or text.`);
  return value?.constant ?? undefined;
}

function knownInput(context: TranslateContext, index: number): HostTensor {
  const tensor = known(context, index);
  if (!tensor) throw new RangeError(`Input ${index} is missing.`);
  return tensor;
}

const same: Translate = (_, x) => x;
const binaryOp = (fn: BinaryFunction): Translate => (context, x) => {
  const rest = context.inputs.slice(1).filter((value) => value !== undefined);
  return rest.reduce((result, value) => binary(fn, result, value, context.derived), x);
};
const unaryOp = (fn: UnaryFunction): Translate => (_, x) => unary(fn, x);

const reduceOp = (fn: 'mean' | 'sum' | 'max' | 'l2'): Translate => (context, x) => {
  const axes = reductionAxes(x.shape.length, context.node, known(context, 1));
  const keep = attributeNumber(context.node, 'keepdims', 1) === 1;
  const reduced = Value.of({ kind: 'reduce', fn, axes }, [x], reducedShape(x.shape, axes, true));
  return reshape(reduced, reducedShape(x.shape, axes, keep));
};

const layerNormalization: Translate = (context, x) => {
  if (normalizeAxis(attributeNumber(context.node, 'axis', -1), x.shape.length) !== x.shape.length - 1) throw new RangeError('It normalises more than the last axis.');
  const affine = [1, 2].map((i) => known(context, i)).filter((tensor) => tensor !== undefined);
  return Value.of({ kind: 'layerNorm', epsilon: attributeNumber(context.node, 'epsilon', 1e-5) }, [x, ...affine.map((tensor) => Value.constant(tensor))], x.shape);
};

const softmax: Translate = (context, x) => {
  const axis = normalizeAxis(attributeNumber(context.node, 'axis', context.opset < 13 ? 1 : -1), x.shape.length);
  if (axis !== x.shape.length - 1) throw new RangeError('It runs over an axis that is not the last.');
  return Value.of({ kind: 'softmax' }, [x], x.shape);
};

const sliceOp: Translate = (context, x) => {
  const ranges = sliceRanges(x.shape, context.node, [0, 1, 2, 3, 4].map((i) => (i === 0 ? undefined : known(context, i))));
  return ranges.reduce((result, { axis, start, step, count }) => {
    if (step !== 1 && count > 1) throw new RangeError('It skips positions.');
    return slice(result, axis, start, count);
  }, x);
};

const split: Translate = (context, x) => {
  const axis = normalizeAxis(attributeNumber(context.node, 'axis', 0), x.shape.length);
  let start = 0;
  return splitSizes(x.shape[axis] as number, context.node, known(context, 1), context.node.outputs.length).map((size) => {
    const part = slice(x, axis, start, size);
    start += size;
    return part;
  });
};

/** A condition known ahead keeps what it keeps; the usual "where it is not a number" cannot happen here and is left out. */
const where: Translate = (context) => {
  const condition = input(context, 0);
  const [yes, no] = [input(context, 1), input(context, 2)];
  const tested = madeByUnary(condition, 'isNaN');
  if (tested) return no;
  const mask = condition.constant;
  if (!mask) throw new RangeError('Its condition depends on the picture or text.');
  const dims = broadcastShapes(mask.dims, broadcastShapes(yes.shape, no.shape));
  const at = broadcastIndex(mask, dims);
  const size = dims.reduce((product, dim) => product * dim, 1);
  const flags = Array.from({ length: size }, (_, i) => (mask.data[at(i)] as number) !== 0);
  const [dynamic, fill, fillsWhere] = yes.constant ? [no, yes.constant, true] : no.constant ? [yes, no.constant, false] : [null, null, true];
  if (!dynamic || !fill) throw new RangeError('Both of its branches depend on the picture or text.');
  const fillAt = broadcastIndex(fill, dims);
  const filled = Float32Array.from(flags, (flag, i) => (flag === fillsWhere ? (fill.data[fillAt(i)] as number) : 0));
  const masked = filled.every((value) => value === 0 || value <= -1e4);
  const kept = masked ? dynamic : binary('mul', dynamic, Value.constant(hostFloats(dims, Float32Array.from(flags, (flag) => (flag === fillsWhere ? 0 : 1)))), context.derived);
  return binary('add', kept, Value.constant(hostFloats(dims, filled)), context.derived);
};

const convOp: Translate = (context, x) => {
  const { node } = context;
  const autoPad = node.attributes.get('auto_pad') ?? 'NOTSET';
  if (x.shape.length !== 4 || (autoPad !== 'NOTSET' && autoPad !== 'VALID')) throw new RangeError('It is not a plain two-dimensional convolution.');
  return conv(
    x,
    asFloats(knownInput(context, 1)),
    known(context, 2),
    {
      strides: attributeNumbers(node, 'strides') ?? [1, 1],
      pads: attributeNumbers(node, 'pads') ?? [0, 0, 0, 0],
      dilations: attributeNumbers(node, 'dilations') ?? [1, 1],
      group: attributeNumber(node, 'group', 1),
    },
    context.derived,
  );
};

const asFloats = (tensor: HostTensor): HostTensor => (tensor.kind === 'float' ? tensor : { kind: 'float', dims: tensor.dims, data: Float32Array.from(tensor.data) });

/** Integer weights without their zero point, as floats. The scale follows as a Mul node. */
function centredWeights(context: TranslateContext, weightIndex: number, zeroIndex: number): HostTensor {
  const w = knownInput(context, weightIndex);
  const zero = known(context, zeroIndex);
  return context.derived.derive('centred', zero ? [w, zero] : [w], () => {
    const at = zero ? broadcastIndex(zero, w.dims) : () => 0;
    return hostFloats(w.dims, Float32Array.from(w.data, (v, i) => v - (zero ? (zero.data[at(i)] as number) : 0)));
  });
}

/**
 * Dynamically quantised layers keep only their weights quantised here: the input's "quantised" form is the input itself, with scale 1
 * and zero point 0 (nearer to the unquantised model than the file's own arithmetic, and differentiable).
 */
const dynamicQuantize: Translate = (_, x) => [x, scalarConstant(1), Value.constant({ kind: 'int', dims: [], data: Float64Array.of(0) })];

const clip: Translate = (context, x) => {
  const bound = (index: number, attribute: string): Value | undefined => {
    const value = context.node.attributes.get(attribute);
    return context.inputs[index] ?? (typeof value === 'number' ? scalarConstant(value) : undefined);
  };
  const [low, high] = [bound(1, 'min'), bound(2, 'max')];
  const raised = low ? binary('max', x, low, context.derived) : x;
  return high ? binary('min', raised, high, context.derived) : raised;
};

const l2Normalize: Translate = (context, x) => {
  const axis = normalizeAxis(attributeNumber(context.node, 'axis', -1), x.shape.length);
  if (attributeNumber(context.node, 'p', 2) !== 2) throw new RangeError('It is not the Euclidean norm.');
  return binary('div', x, Value.of({ kind: 'reduce', fn: 'l2', axes: [axis] }, [x], x.shape.with(axis, 1)), context.derived);
};

export const translations: Readonly<Record<string, Translate>> = {
  Identity: same,
  Dropout: same,
  Cast: same,
  CastLike: same,
  Add: binaryOp('add'),
  Sub: binaryOp('sub'),
  Mul: binaryOp('mul'),
  Div: binaryOp('div'),
  Pow: binaryOp('pow'),
  Min: binaryOp('min'),
  Max: binaryOp('max'),
  Neg: unaryOp('neg'),
  Abs: unaryOp('abs'),
  Sqrt: unaryOp('sqrt'),
  Reciprocal: unaryOp('reciprocal'),
  Exp: unaryOp('exp'),
  Log: unaryOp('log'),
  Erf: unaryOp('erf'),
  Tanh: unaryOp('tanh'),
  Sigmoid: unaryOp('sigmoid'),
  Softplus: unaryOp('softplus'),
  IsNaN: unaryOp('isNaN'),
  Relu: (_, x) => activate('relu', x),
  Gelu: (context, x) => {
    if (context.node.attributes.get('approximate') === 'tanh') throw new RangeError('Its approximate form.');
    return activate('gelu', x);
  },
  'com.microsoft.Gelu': (_, x) => activate('gelu', x),
  'com.microsoft.QuickGelu': (_, x) => activate('quickGelu', x),
  ReduceMean: reduceOp('mean'),
  ReduceSum: reduceOp('sum'),
  ReduceMax: reduceOp('max'),
  ReduceL2: reduceOp('l2'),
  GlobalAveragePool: (_, x) => Value.of({ kind: 'reduce', fn: 'mean', axes: [2, 3] }, [x], [...x.shape.slice(0, 2), 1, 1]),
  LayerNormalization: layerNormalization,
  LpNormalization: l2Normalize,
  Softmax: softmax,
  MatMul: (context, x) => matmul(x, input(context, 1), context.derived),
  Gemm: ({ node, inputs, derived }, x) => {
    const [, b, c] = inputs;
    if (!b) throw new RangeError('Input 1 is missing.');
    const flag = (name: string): boolean => attributeNumber(node, name, 0) === 1;
    return gemm(x, b, c, { alpha: attributeNumber(node, 'alpha', 1), beta: attributeNumber(node, 'beta', 1), transA: flag('transA'), transB: flag('transB') }, derived);
  },
  DynamicQuantizeLinear: dynamicQuantize,
  MatMulInteger: (context, x) => linear(x, centredWeights(context, 1, 3), undefined, true),
  ConvInteger: (context, x) => convOp({ ...context, inputs: [x, Value.constant(centredWeights(context, 1, 3))] }, x),
  Conv: convOp,
  Reshape: (context, x) => reshape(x, resolveReshape(x.shape, Array.from(knownInput(context, 1).data), attributeNumber(context.node, 'allowzero', 0) === 1)),
  Flatten: (context, x) => reshape(x, flattenedShape(x.shape, attributeNumber(context.node, 'axis', 1))),
  Squeeze: (context, x) => reshape(x, squeezedShape(x.shape, numbersOf(context.node, known(context, 1), 'axes'))),
  Unsqueeze: (context, x) => reshape(x, unsqueezedShape(x.shape, numbersOf(context.node, known(context, 1), 'axes') ?? [])),
  Transpose: (context, x) => transpose(x, attributeNumbers(context.node, 'perm') ?? x.shape.map((_, i) => x.shape.length - 1 - i)),
  Expand: (context, x) => expand(x, broadcastShapes(x.shape, Array.from(knownInput(context, 1).data))),
  Concat: (context, x) => concat(context.inputs.filter((value) => value !== undefined), normalizeAxis(attributeNumber(context.node, 'axis', 0), x.shape.length)),
  Slice: sliceOp,
  Split: split,
  Gather: (context, x) => gather(x, knownInput(context, 1), normalizeAxis(attributeNumber(context.node, 'axis', 0), x.shape.length)),
  GatherND: (context, x) => gatherNd(x, knownInput(context, 1)),
  Where: where,
  Clip: clip,
};
