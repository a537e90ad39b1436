/**
 * ONNX operators on tensors in host memory. They fold what does not depend on the twin's input: shapes, masks,
 * positions, the casting of half-precision weights. Semantics: the ONNX operator specification; integers are exact to
 * 2^53.
 */
import { type HostTensor, kindOfElementType } from '../../formats/onnx';
import { allocate, broadcastIndex, given, type HostOp } from './hostTensor';
import { type NodeLike, attributeNumber } from './node';
import { movingOps, transposeHost } from './hostMovingOps';
import { blockTable, dequantizeLinear } from './quantized';
import { broadcastShapes, normalizeAxis, sizeOf, stridesOf, type Shape } from './shape';

type Combine = (a: number, b: number) => number;

function binary(combine: Combine, result?: HostTensor['kind']): HostOp {
  return (inputs) => {
    const a = given(inputs[0]);
    const b = given(inputs[1]);
    const dims = broadcastShapes(a.dims, b.dims);
    const kind = result ?? a.kind;
    const data = allocate(kind, sizeOf(dims));
    const [at, bt] = [broadcastIndex(a, dims), broadcastIndex(b, dims)];
    for (let i = 0; i < data.length; i++) data[i] = combine(a.data[at(i)] as number, b.data[bt(i)] as number);
    return [{ kind, dims, data }];
  };
}

function unary(f: (x: number) => number, result?: HostTensor['kind']): HostOp {
  return (inputs) => {
    const x = given(inputs[0]);
    const kind = result ?? x.kind;
    const data = allocate(kind, x.data.length);
    for (let i = 0; i < data.length; i++) data[i] = f(x.data[i] as number);
    return [{ kind, dims: x.dims, data }];
  };
}

const cast: HostOp = (inputs, node) => {
  const x = given(inputs[0]);
  const kind = node.op === 'CastLike' ? given(inputs[1]).kind : kindOfElementType(attributeNumber(node, 'to', 0));
  if (kind === undefined) throw new RangeError(`Cast to element type ${attributeNumber(node, 'to', 0)}.`);
  if (kind === x.kind) return [x];
  const convert = kind === 'bool' ? (v: number) => (v !== 0 ? 1 : 0) : kind === 'int' ? Math.trunc : (v: number) => v;
  return unary(convert, kind)([x], node);
};

const arg =
  (better: (candidate: number, best: number) => boolean): HostOp =>
  (inputs, node) => {
    const x = given(inputs[0]);
    const axis = normalizeAxis(attributeNumber(node, 'axis', 0), x.dims.length);
    const last = attributeNumber(node, 'select_last_index', 0) === 1;
    const count = x.dims[axis] as number;
    const inner = sizeOf(x.dims.slice(axis + 1));
    const outer = sizeOf(x.dims.slice(0, axis));
    const data = new Float64Array(outer * inner);
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const at = (k: number): number => x.data[(o * count + k) * inner + i] as number;
        let best = 0;
        for (let k = 1; k < count; k++) if (better(at(k), at(best)) || (last && at(k) === at(best))) best = k;
        data[o * inner + i] = best;
      }
    }
    const keep = attributeNumber(node, 'keepdims', 1) === 1;
    return [{ kind: 'int', dims: keep ? x.dims.with(axis, 1) : x.dims.toSpliced(axis, 1), data }];
  };

/** Axes of a reduction: an input since opset 13 or 18, an attribute before; none means all. */
export function reductionAxes(rank: number, node: NodeLike, axesInput: HostTensor | undefined): number[] {
  const attribute = node.attributes.get('axes');
  const axes = axesInput
    ? Array.from(axesInput.data)
    : Array.isArray(attribute)
      ? (attribute as readonly number[])
      : [];
  return axes.length > 0 ? axes.map((axis) => normalizeAxis(axis, rank)) : Array.from({ length: rank }, (_, i) => i);
}

export function reducedShape(shape: Shape, axes: readonly number[], keep: boolean): number[] {
  return keep ? shape.map((dim, i) => (axes.includes(i) ? 1 : dim)) : shape.filter((_, i) => !axes.includes(i));
}

const reduce =
  (
    start: number,
    step: (sum: number, x: number) => number,
    finish: (sum: number, count: number) => number = (sum) => sum,
  ): HostOp =>
  (inputs, node) => {
    const x = given(inputs[0]);
    const axes = reductionAxes(x.dims.length, node, inputs[1]);
    const kept = reducedShape(x.dims, axes, true);
    const strides = stridesOf(kept).map((stride, i) => (axes.includes(i) ? 0 : stride));
    const own = stridesOf(x.dims);
    const sums = new Float64Array(sizeOf(kept)).fill(start);
    for (let flat = 0; flat < x.data.length; flat++) {
      let position = 0;
      for (let i = 0; i < strides.length; i++)
        position += (Math.floor(flat / (own[i] as number)) % (x.dims[i] as number)) * (strides[i] as number);
      sums[position] = step(sums[position] as number, x.data[flat] as number);
    }
    const count = x.data.length / Math.max(1, sums.length);
    const data = allocate(x.kind, sums.length);
    for (let i = 0; i < data.length; i++) data[i] = finish(sums[i] as number, count);
    return [{ kind: x.kind, dims: reducedShape(x.dims, axes, attributeNumber(node, 'keepdims', 1) === 1), data }];
  };

/** Products of constants are small (a learnt query's projection), so the plain loop will do. */
const matMul: HostOp = (inputs) => {
  const [a, b] = [given(inputs[0]), given(inputs[1])];
  if (a.dims.length < 2 || b.dims.length < 2) throw new RangeError('A product with a vector.');
  const [m, k] = a.dims.slice(-2) as [number, number];
  const n = b.dims.at(-1) as number;
  const batch = broadcastShapes(a.dims.slice(0, -2), b.dims.slice(0, -2));
  const [at, bt] = [broadcastIndex(a, [...batch, m, k]), broadcastIndex(b, [...batch, k, n])];
  const data = new Float32Array(sizeOf(batch) * m * n);
  for (let i = 0; i < data.length; i++) {
    const [row, column] = [Math.floor(i / n), i % n];
    const before = Math.floor(row / m) * k * n + column;
    let total = 0;
    for (let j = 0; j < k; j++) total += (a.data[at(row * k + j)] as number) * (b.data[bt(before + j * n)] as number);
    data[i] = total;
  }
  return [{ kind: 'float', dims: [...batch, m, n], data }];
};

/** ONNX's Gemm, by transposing, multiplying and adding. */
const gemm: HostOp = (inputs, node) => {
  const turned = (index: number, name: string): HostTensor =>
    attributeNumber(node, name, 0) === 1 ? transposeHost(given(inputs[index]), [1, 0]) : given(inputs[index]);
  const [alpha, beta] = [attributeNumber(node, 'alpha', 1), attributeNumber(node, 'beta', 1)];
  const [product] = matMul([turned(0, 'transA'), turned(1, 'transB')], node);
  const c = inputs[2];
  return c ? binary((p, q) => alpha * p + beta * q)([product, c], node) : unary((p) => alpha * p)([product], node);
};

/** Rows of a table that is stored in blocks of small integers. */
const gatherBlocks: HostOp = (inputs, node) => {
  if (attributeNumber(node, 'gather_axis', 0) !== 0) throw new RangeError('It picks along an inner axis.');
  const table = blockTable(node, given(inputs[0]), given(inputs[2]), inputs[3]);
  return movingOps['Gather']?.([table, inputs[1]], { ...node, attributes: new Map() }) ?? [];
};

/** erf by its Taylor series (|x| < 3), else by its continued fraction. */
function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 3) {
    let [term, sum] = [x, x];
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum) && n < 200; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let tail = a;
  for (let n = 60; n > 0; n--) tail = a + n / 2 / tail;
  return Math.sign(x) * (1 - Math.exp(-a * a) / (tail * Math.sqrt(Math.PI)));
}

const constant: HostOp = (_, node) => {
  for (const [name, value] of node.attributes) {
    if (typeof value === 'object' && 'kind' in value) return [value];
    if (typeof value === 'number')
      return [
        {
          kind: name === 'value_int' ? 'int' : 'float',
          dims: [],
          data: name === 'value_int' ? Float64Array.of(value) : Float32Array.of(value),
        },
      ];
    if (name === 'value_ints')
      return [{ kind: 'int', dims: [(value as number[]).length], data: Float64Array.from(value as number[]) }];
    if (name === 'value_floats')
      return [{ kind: 'float', dims: [(value as number[]).length], data: Float32Array.from(value as number[]) }];
  }
  throw new RangeError('A constant without a value.');
};

const remainder = (node: NodeLike): Combine =>
  attributeNumber(node, 'fmod', 0) === 1 ? (a, b) => a % b : (a, b) => a - Math.floor(a / b) * b;

export const hostOps: Readonly<Record<string, HostOp>> = {
  ...movingOps,
  Constant: constant,
  Cast: cast,
  CastLike: cast,
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: (inputs, node) =>
    (given(inputs[0]).kind === 'float' ? binary((a, b) => a / b) : binary((a, b) => Math.trunc(a / b)))(inputs, node),
  Pow: binary((a, b) => a ** b),
  Mod: (inputs, node) => binary(remainder(node))(inputs, node),
  Min: binary(Math.min),
  Max: binary(Math.max),
  Equal: binary((a, b) => (a === b ? 1 : 0), 'bool'),
  Greater: binary((a, b) => (a > b ? 1 : 0), 'bool'),
  GreaterOrEqual: binary((a, b) => (a >= b ? 1 : 0), 'bool'),
  Less: binary((a, b) => (a < b ? 1 : 0), 'bool'),
  LessOrEqual: binary((a, b) => (a <= b ? 1 : 0), 'bool'),
  And: binary((a, b) => a & b, 'bool'),
  Or: binary((a, b) => a | b, 'bool'),
  Not: unary((x) => 1 - x),
  IsNaN: unary((x) => (Number.isNaN(x) ? 1 : 0), 'bool'),
  Neg: unary((x) => -x),
  Abs: unary(Math.abs),
  Sqrt: unary(Math.sqrt),
  Reciprocal: unary((x) => 1 / x),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Tanh: unary(Math.tanh),
  Erf: unary(erf),
  Sin: unary(Math.sin),
  Cos: unary(Math.cos),
  Sign: unary(Math.sign),
  Relu: unary((x) => Math.max(0, x)),
  Sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  ArgMax: arg((candidate, best) => candidate > best),
  ArgMin: arg((candidate, best) => candidate < best),
  ReduceSum: reduce(0, (sum, x) => sum + x),
  ReduceMean: reduce(
    0,
    (sum, x) => sum + x,
    (sum, count) => sum / count,
  ),
  ReduceMax: reduce(-Infinity, Math.max),
  ReduceMin: reduce(Infinity, Math.min),
  ReduceProd: reduce(1, (product, x) => product * x),
  ReduceL2: reduce(0, (sum, x) => sum + x * x, Math.sqrt),
  DequantizeLinear: dequantizeLinear,
  'com.microsoft.DequantizeLinear': dequantizeLinear,
  'com.microsoft.GatherBlockQuantized': (inputs, node) => gatherBlocks(inputs, node),
  Gemm: gemm,
  MatMul: matMul,
};
