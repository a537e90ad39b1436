/**
 * ONNX operators whose inputs are not all known ahead, in terms of the twin's own. An operator that is missing here, or
 * used in a way that cannot be followed, is a 'clip-unsupported' error that names it.
 */
import { convNode } from './buildConv';
import { pad, pool } from './buildPool';
import { activate, binary, unary } from './buildMath';
import { concat, expand, gather, gatherNd, reduce, reshape, slice, stride, transpose } from './buildMoving';
import { matmul } from './buildProducts';
import {
  hostFloats,
  madeByUnary,
  scalarConstant,
  Value,
  type BinaryFunction,
  type ReduceFunction,
  type UnaryFunction,
} from './graph';
import { flattenedShape, sliceRanges, splitSizes, squeezedShape, unsqueezedShape } from './hostMovingOps';
import { reducedShape, reductionAxes } from './hostOps';
import { broadcastIndex } from './hostTensor';
import { attributeNumber, attributeNumbers, numbersOf } from './node';
import { broadcastShapes, normalizeAxis, resolveReshape } from './shape';
import { attentionTranslations } from './translateAttention';
import { fusedTranslations } from './translateFused';
import { quantizedTranslations } from './translateQuantized';
import { asFloats, input, known, knownInput, type Translate, type TranslateContext } from './translation';

const same: Translate = (_, x) => x;
const binaryOp =
  (fn: BinaryFunction): Translate =>
  (context, x) => {
    const rest = context.inputs.slice(1).filter((value) => value !== undefined);
    return rest.reduce((result, value) => binary(fn, result, value, context.derived), x);
  };
const unaryOp =
  (fn: UnaryFunction): Translate =>
  (_, x) =>
    unary(fn, x);

const reduceOp =
  (fn: ReduceFunction) =>
  (context: TranslateContext, x: Value): Value => {
    const axesInput = known(context, 1);
    if (attributeNumber(context.node, 'noop_with_empty_axes', 0) === 1 && (axesInput?.data.length ?? 0) === 0) return x;
    const axes = reductionAxes(x.shape.length, context.node, axesInput);
    return reshape(
      reduce(fn, x, axes),
      reducedShape(x.shape, axes, attributeNumber(context.node, 'keepdims', 1) === 1),
    );
  };

const layerNormalization: Translate = (context, x) => {
  const axis = normalizeAxis(attributeNumber(context.node, 'axis', -1), x.shape.length);
  const width = x.shape.slice(axis).reduce((product, dim) => product * dim, 1);
  const rows = reshape(x, [...x.shape.slice(0, axis), width]);
  const affine = [1, 2].map((i) => known(context, i)).filter((tensor) => tensor !== undefined);
  const normed = Value.of(
    { kind: 'layerNorm', epsilon: attributeNumber(context.node, 'epsilon', 1e-5) },
    [rows, ...affine.map((tensor) => Value.constant({ ...asFloats(tensor), dims: [width] }))],
    rows.shape,
  );
  return reshape(normed, x.shape);
};

const softmax: Translate = (context, x) => {
  const rank = x.shape.length;
  const axis = normalizeAxis(attributeNumber(context.node, 'axis', context.opset < 13 ? 1 : -1), rank);
  if (axis === rank - 1) return Value.of({ kind: 'softmax' }, [x], x.shape);
  if (context.opset < 13) {
    // Older operator sets take everything from the axis on as one.
    const rows = reshape(x, [
      ...x.shape.slice(0, axis),
      x.shape.slice(axis).reduce((product, dim) => product * dim, 1),
    ]);
    return reshape(Value.of({ kind: 'softmax' }, [rows], rows.shape), x.shape);
  }
  const perm = Array.from({ length: rank }, (_, i) => (i === axis ? rank - 1 : i === rank - 1 ? axis : i));
  const turned = transpose(x, perm);
  return transpose(Value.of({ kind: 'softmax' }, [turned], turned.shape), perm);
};

const sliceOp: Translate = (context, x) => {
  const ranges = sliceRanges(
    x.shape,
    context.node,
    [0, 1, 2, 3, 4].map((i) => (i === 0 ? undefined : known(context, i))),
  );
  return ranges.reduce(
    (result, { axis, start, step, count }) =>
      step === 1 || count <= 1 ? slice(result, axis, start, count) : stride(result, axis, start, step, count),
    x,
  );
};

const split: Translate = (context, x) => {
  const axis = normalizeAxis(attributeNumber(context.node, 'axis', 0), x.shape.length);
  let start = 0;
  return splitSizes(x.shape[axis] as number, context.node, known(context, 1), context.node.outputs.length).map(
    (size) => {
      const part = slice(x, axis, start, size);
      start += size;
      return part;
    },
  );
};

/**
 * A condition known ahead keeps what it keeps; the usual "where it is not a number" cannot happen here and is left out.
 */
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
  const [dynamic, fill, fillsWhere] = yes.constant
    ? [no, yes.constant, true]
    : no.constant
      ? [yes, no.constant, false]
      : [null, null, true];
  if (!dynamic || !fill) throw new RangeError('Both of its branches depend on the picture or text.');
  const fillAt = broadcastIndex(fill, dims);
  const filled = Float32Array.from(flags, (flag, i) => (flag === fillsWhere ? (fill.data[fillAt(i)] as number) : 0));
  const masked = filled.every((value) => value === 0 || value <= -1e4);
  const kept = masked
    ? dynamic
    : binary(
        'mul',
        dynamic,
        Value.constant(
          hostFloats(
            dims,
            Float32Array.from(flags, (flag) => (flag === fillsWhere ? 0 : 1)),
          ),
        ),
        context.derived,
      );
  return binary('add', kept, Value.constant(hostFloats(dims, filled)), context.derived);
};

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
  return binary(
    'div',
    x,
    Value.of({ kind: 'reduce', fn: 'l2', axes: [axis] }, [x], x.shape.with(axis, 1)),
    context.derived,
  );
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
  Sin: unaryOp('sin'),
  Cos: unaryOp('cos'),
  Softplus: unaryOp('softplus'),
  IsNaN: unaryOp('isNaN'),
  Relu: (_, x) => activate('relu', x),
  ReduceMean: reduceOp('mean'),
  ReduceSum: reduceOp('sum'),
  ReduceMax: reduceOp('max'),
  ReduceL2: reduceOp('l2'),
  ReduceMin: (context, x) => unary('neg', reduceOp('max')(context, unary('neg', x))),
  GlobalAveragePool: (_, x) =>
    reduce(
      'mean',
      x,
      x.shape.slice(2).map((_dim, i) => i + 2),
    ),
  GlobalMaxPool: (_, x) =>
    reduce(
      'max',
      x,
      x.shape.slice(2).map((_dim, i) => i + 2),
    ),
  AveragePool: pool('average'),
  MaxPool: pool('max'),
  Pad: pad,
  LayerNormalization: layerNormalization,
  LpNormalization: l2Normalize,
  Softmax: softmax,
  MatMul: (context, x) => matmul(x, input(context, 1), context.derived),
  Conv: (context, x) => convNode(context, x, asFloats(knownInput(context, 1)), known(context, 2)),
  Reshape: (context, x) =>
    reshape(
      x,
      resolveReshape(
        x.shape,
        Array.from(knownInput(context, 1).data),
        attributeNumber(context.node, 'allowzero', 0) === 1,
      ),
    ),
  Flatten: (context, x) => reshape(x, flattenedShape(x.shape, attributeNumber(context.node, 'axis', 1))),
  Squeeze: (context, x) => reshape(x, squeezedShape(x.shape, numbersOf(context.node, known(context, 1), 'axes'))),
  Unsqueeze: (context, x) =>
    reshape(x, unsqueezedShape(x.shape, numbersOf(context.node, known(context, 1), 'axes') ?? [])),
  Transpose: (context, x) =>
    transpose(x, attributeNumbers(context.node, 'perm') ?? x.shape.map((_, i) => x.shape.length - 1 - i)),
  Expand: (context, x) => expand(x, broadcastShapes(x.shape, Array.from(knownInput(context, 1).data))),
  Concat: (context, x) =>
    concat(
      context.inputs.filter((value) => value !== undefined),
      normalizeAxis(attributeNumber(context.node, 'axis', 0), x.shape.length),
    ),
  Slice: sliceOp,
  Split: split,
  Gather: (context, x) =>
    gather(x, knownInput(context, 1), normalizeAxis(attributeNumber(context.node, 'axis', 0), x.shape.length)),
  GatherND: (context, x) => gatherNd(x, knownInput(context, 1)),
  Where: where,
  Clip: clip,
  ...attentionTranslations,
  ...fusedTranslations,
  ...quantizedTranslations,
};
