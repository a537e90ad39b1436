/**
 * Operators that onnxruntime's optimiser fuses others into (domain com.microsoft), and the newer ONNX operators that
 * say the same, in terms of the twin's own. Meanings: onnxruntime's list of contributed operators, and the ONNX
 * operator specification.
 */
import type { HostTensor } from '../../formats/onnx';
import { activate, binary, unary } from './buildMath';
import { reshape, transpose } from './buildMoving';
import { gemm, matmul } from './buildProducts';
import { convNode } from './buildConv';
import { hostFloats, scalarConstant, Value } from './graph';
import { hostOps } from './hostOps';
import { attributeNumber } from './node';
import { asFloats, input, known, knownInput, type Translate, type TranslateContext } from './translation';

const biased = (context: TranslateContext, x: Value, index: number): Value => {
  const bias = context.inputs[index];
  return bias ? binary('add', x, bias, context.derived) : x;
};

function layerNorm(x: Value, gamma: HostTensor | undefined, beta: HostTensor | undefined, epsilon: number): Value {
  const affine = [gamma, gamma && beta].filter((tensor) => tensor !== undefined).map(asFloats);
  return Value.of({ kind: 'layerNorm', epsilon }, [x, ...affine.map((tensor) => Value.constant(tensor))], x.shape);
}

/** `x / sqrt(mean(x^2) + epsilon) * gamma` over the last axis. */
function rmsNorm(context: TranslateContext, x: Value, gamma: Value, epsilon: number): Value {
  const { derived } = context;
  const last = x.shape.length - 1;
  const mean = Value.of({ kind: 'reduce', fn: 'mean', axes: [last] }, [unary('square', x)], x.shape.with(last, 1));
  return binary(
    'mul',
    binary('div', x, unary('sqrt', binary('add', mean, scalarConstant(epsilon), derived)), derived),
    gamma,
    derived,
  );
}

const epsilonOf = (context: TranslateContext, otherwise: number): number =>
  attributeNumber(context.node, 'epsilon', otherwise);

/** The sum of input, skip and bias; normalised; the sum itself is the fourth output. */
const skipNorm =
  (norm: (context: TranslateContext, sum: Value) => Value, biasIndex: number): Translate =>
  (context, x) => {
    const sum = biased(context, binary('add', x, input(context, 1), context.derived), biasIndex);
    return [norm(context, sum), undefined, undefined, sum];
  };

/** Words are already looked up: the graph is cut there (see `lookUpFirst`). */
const embedLayerNorm: Translate = (context, words) => {
  const [segments, positions, segmentTable] = [known(context, 1), knownInput(context, 3), known(context, 4)];
  const [rows, length] = words.shape as [number, number];
  const places = known(context, 8) ?? {
    kind: 'int' as const,
    dims: [1, length],
    data: Float64Array.from({ length }, (_, i) => i),
  };
  const pick = (table: HostTensor, ids: HostTensor): Value => {
    const found = hostOps['Gather']?.([table, ids], { ...context.node, attributes: new Map() })[0];
    if (!found) throw new RangeError('A table is missing.');
    return Value.constant(found);
  };
  let sum = binary('add', words, pick(asFloats(positions), places), context.derived);
  const kinds = segments ?? { kind: 'int' as const, dims: [rows, length], data: new Float64Array(rows * length) };
  if (segmentTable) sum = binary('add', sum, pick(asFloats(segmentTable), kinds), context.derived);
  const mask = known(context, 7) ?? {
    kind: 'int' as const,
    dims: [rows, length],
    data: new Float64Array(rows * length).fill(1),
  };
  return [
    layerNorm(sum, knownInput(context, 5), known(context, 6), epsilonOf(context, 1e-12)),
    Value.constant(mask),
    sum,
  ];
};

/** `x sigmoid(alpha x)`. */
function sigmoidGate(context: TranslateContext, x: Value, alpha: number): Value {
  if (Math.abs(alpha - 1.702) < 1e-4) return activate('quickGelu', x);
  return binary('mul', x, unary('sigmoid', binary('mul', x, scalarConstant(alpha), context.derived)), context.derived);
}

const activations: Record<string, (x: Value) => Value> = {
  Relu: (x) => activate('relu', x),
  Gelu: (x) => activate('gelu', x),
  Sigmoid: (x) => unary('sigmoid', x),
  Tanh: (x) => unary('tanh', x),
};

function fusedActivation(context: TranslateContext, x: Value): Value {
  const name = context.node.attributes.get('activation');
  if (name === undefined || name === '') return x;
  const activation = activations[String(name)];
  if (!activation) throw new RangeError(`Its activation is ${String(name)}.`);
  return activation(x);
}

const fusedMatMul: Translate = (context, x) => {
  const flag = (name: string): boolean => attributeNumber(context.node, name, 0) === 1;
  if (flag('transBatchA') || flag('transBatchB')) throw new RangeError('It transposes batch axes.');
  const turned = (value: Value, turn: boolean): Value => {
    const rank = value.shape.length;
    return turn ? transpose(value, [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2]) : value;
  };
  const product = matmul(turned(x, flag('transA')), turned(input(context, 1), flag('transB')), context.derived);
  return binary('mul', product, scalarConstant(attributeNumber(context.node, 'alpha', 1)), context.derived);
};

const gemmNode: Translate = (context, x) => {
  const { node, inputs, derived } = context;
  const flag = (name: string): boolean => attributeNumber(node, name, 0) === 1;
  const options = {
    alpha: attributeNumber(node, 'alpha', 1),
    beta: attributeNumber(node, 'beta', 1),
    transA: flag('transA'),
    transB: flag('transB'),
  };
  return fusedActivation(context, gemm(x, input(context, 1), inputs[2], options, derived));
};

/** Two operands, letters on each at most once: products of matrices in any arrangement of axes. */
const einsum: Translate = (context, a) => {
  const [left = '', out] = String(context.node.attributes.get('equation')).replaceAll(' ', '').split('->');
  const [first = '', second] = left.split(',');
  if (
    second === undefined ||
    out === undefined ||
    /[.]/.test(left) ||
    [first, second, out].some((term) => new Set(term).size !== term.length)
  )
    throw new RangeError('Its equation is no product of two tensors.');
  const b = input(context, 1);
  const size = (letter: string): number =>
    (first.includes(letter) ? a.shape[first.indexOf(letter)] : b.shape[second.indexOf(letter)]) as number;
  const of = (test: (letter: string) => boolean): string[] => [...new Set(first + second)].filter(test);
  const batch = of((letter) => first.includes(letter) && second.includes(letter) && out.includes(letter));
  const inner = of((letter) => first.includes(letter) && second.includes(letter) && !out.includes(letter));
  const rows = of((letter) => first.includes(letter) && !second.includes(letter));
  const columns = of((letter) => !first.includes(letter));
  if ([...rows, ...columns].some((letter) => !out.includes(letter)))
    throw new RangeError('It sums over an axis of one operand.');
  const total = (letters: string[]): number => letters.reduce((product, letter) => product * size(letter), 1);
  const arranged = (value: Value, term: string, x: string[], y: string[]): Value =>
    reshape(
      transpose(
        value,
        [...batch, ...x, ...y].map((letter) => term.indexOf(letter)),
      ),
      [...batch.map(size), total(x), total(y)],
    );
  const product = matmul(arranged(a, first, rows, inner), arranged(b, second, inner, columns), context.derived);
  const letters = [...batch, ...rows, ...columns];
  return transpose(
    reshape(product, letters.map(size)),
    [...out].map((letter) => letters.indexOf(letter)),
  );
};

/** Scale and shift a channel: known ahead, so two vectors. */
const batchNorm: Translate = (context, x) => {
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((i) => asFloats(knownInput(context, i))) as [
    HostTensor,
    HostTensor,
    HostTensor,
    HostTensor,
  ];
  const epsilon = epsilonOf(context, 1e-5);
  const dims = [gamma.data.length, ...x.shape.slice(2).map(() => 1)];
  const gain = context.derived.derive(`gain ${epsilon} ${dims.length}`, [gamma, variance], () =>
    hostFloats(
      dims,
      Float32Array.from(gamma.data, (g, c) => g / Math.sqrt((variance.data[c] as number) + epsilon)),
    ),
  );
  const offset = context.derived.derive('offset', [beta, mean, gain], () =>
    hostFloats(
      dims,
      Float32Array.from(beta.data, (b, c) => b - (mean.data[c] as number) * (gain.data[c] as number)),
    ),
  );
  return binary(
    'add',
    binary('mul', x, Value.constant(gain), context.derived),
    Value.constant(offset),
    context.derived,
  );
};

const clamp = (context: TranslateContext, x: Value, low: number, high: number): Value =>
  binary('min', binary('max', x, scalarConstant(low), context.derived), scalarConstant(high), context.derived);

const hardSigmoid = (context: TranslateContext, x: Value, alpha: number, beta: number): Value =>
  clamp(
    context,
    binary('add', binary('mul', x, scalarConstant(alpha), context.derived), scalarConstant(beta), context.derived),
    0,
    1,
  );

const leaky = (context: TranslateContext, x: Value, slope: Value): Value =>
  binary(
    'add',
    binary('max', x, scalarConstant(0), context.derived),
    binary('mul', binary('min', x, scalarConstant(0), context.derived), slope, context.derived),
    context.derived,
  );

export const fusedTranslations: Readonly<Record<string, Translate>> = {
  Gelu: (context, x) => activate(context.node.attributes.get('approximate') === 'tanh' ? 'geluTanh' : 'gelu', x),
  'com.microsoft.Gelu': (_, x) => activate('gelu', x),
  'com.microsoft.BiasGelu': (context, x) => activate('gelu', biased(context, x, 1)),
  'com.microsoft.FastGelu': (context, x) => activate('geluTanh', biased(context, x, 1)),
  'com.microsoft.QuickGelu': (context, x) => sigmoidGate(context, x, attributeNumber(context.node, 'alpha', 1.702)),
  Swish: (context, x) => sigmoidGate(context, x, attributeNumber(context.node, 'alpha', 1)),
  HardSigmoid: (context, x) =>
    hardSigmoid(context, x, attributeNumber(context.node, 'alpha', 0.2), attributeNumber(context.node, 'beta', 0.5)),
  HardSwish: (context, x) => binary('mul', x, hardSigmoid(context, x, 1 / 6, 0.5), context.derived),
  LeakyRelu: (context, x) => leaky(context, x, scalarConstant(attributeNumber(context.node, 'alpha', 0.01))),
  PRelu: (context, x) => leaky(context, x, input(context, 1)),
  SimplifiedLayerNormalization: (context, x) => rmsNorm(context, x, input(context, 1), epsilonOf(context, 1e-5)),
  RMSNormalization: (context, x) => rmsNorm(context, x, input(context, 1), epsilonOf(context, 1e-5)),
  'com.microsoft.SkipLayerNormalization': skipNorm(
    (context, sum) => layerNorm(sum, knownInput(context, 2), known(context, 3), epsilonOf(context, 1e-12)),
    4,
  ),
  'com.microsoft.SkipSimplifiedLayerNormalization': skipNorm(
    (context, sum) => rmsNorm(context, sum, input(context, 2), epsilonOf(context, 1e-12)),
    3,
  ),
  'com.microsoft.EmbedLayerNormalization': embedLayerNorm,
  'com.microsoft.FusedMatMul': fusedMatMul,
  'com.microsoft.TransposeMatMul': fusedMatMul,
  Gemm: gemmNode,
  'com.microsoft.FusedGemm': gemmNode,
  'com.microsoft.FusedConv': (context, x) =>
    fusedActivation(
      context,
      biased(context, convNode(context, x, asFloats(knownInput(context, 1)), known(context, 2)), 3),
    ),
  'com.microsoft.BiasAdd': (context, x) => binary('add', biased(context, x, 1), input(context, 2), context.derived),
  Einsum: einsum,
  BatchNormalization: batchNorm,
};
