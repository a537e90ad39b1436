import { describeAgainstOrt, node, wave, type OperatorCase } from '../testing/againstOrt';
import { boolTensor, floatTensor, intTensor } from '../testing/onnxWriter';

const scalar = (value: number): ReturnType<typeof floatTensor> => floatTensor([], [value]);
const w8 = floatTensor([8, 8], wave(64, 0.7));
const b8 = floatTensor([8], wave(8, 2.1));

const cases: OperatorCase[] = [
  {
    name: 'a bias after a product',
    nodes: [node('MatMul', ['x', 'w'], 'p'), node('Add', ['b', 'p'], 'y')],
    constants: { w: w8, b: b8 },
    kinds: { linear: 1, binary: 0 },
  },
  {
    name: 'two biases',
    nodes: [node('MatMul', ['x', 'w'], 'p'), node('Add', ['b', 'p'], 'q'), node('Add', ['q', 'b'], 'y')],
    constants: { w: w8, b: b8 },
    kinds: { linear: 1, binary: 0 },
  },
  {
    name: 'a vector that is no bias (it runs along another axis)',
    nodes: [node('MatMul', ['x', 'w'], 'p'), node('Add', ['p', 'b'], 'y')],
    constants: { w: floatTensor([8, 3], wave(24)), b: floatTensor([3, 1], [1, 2, 3]) },
    kinds: { binary: 1 },
  },
  {
    name: 'Gemm with transposed weights and factors',
    nodes: [node('Gemm', ['x', 'w', 'b'], 'y', { alpha: { float: 0.5 }, beta: { float: 2 }, transB: 1 })],
    shape: [5, 8],
    constants: { w: floatTensor([3, 8], wave(24)), b: floatTensor([3], [1, 2, 3]) },
  },
  {
    name: 'Gemm with a transposed input',
    nodes: [node('Gemm', ['x', 'w'], 'y', { transA: 1 })],
    shape: [8, 5],
    constants: { w: w8 },
    kinds: { linear: 1 },
  },
  {
    name: 'a product of two results',
    nodes: [node('Transpose', ['x'], 't', { perm: [0, 2, 1] }), node('MatMul', ['x', 't'], 'y')],
    kinds: { matmul: 1 },
  },
  {
    name: 'quick GELU, factors swapped',
    nodes: [node('Mul', ['c', 'x'], 'm'), node('Sigmoid', ['m'], 's'), node('Mul', ['s', 'x'], 'y')],
    constants: { c: scalar(1.702) },
    kinds: { activation: 1, unary: 0 },
  },
  {
    name: 'a sigmoid factor that is no quick GELU',
    nodes: [node('Mul', ['c', 'x'], 'm'), node('Sigmoid', ['m'], 's'), node('Mul', ['s', 'x'], 'y')],
    constants: { c: scalar(1.5) },
    kinds: { activation: 0, unary: 1 },
  },
  {
    name: 'GELU as x (erf(x / sqrt 2) + 1) / 2',
    nodes: [
      node('Div', ['x', 'r'], 'd'),
      node('Erf', ['d'], 'e'),
      node('Add', ['e', 'one'], 'a'),
      node('Mul', ['x', 'a'], 'm'),
      node('Mul', ['m', 'half'], 'y'),
    ],
    constants: { r: scalar(Math.SQRT2), one: scalar(1), half: scalar(0.5) },
    kinds: { activation: 1, unary: 0, binary: 0 },
  },
  {
    name: 'GELU as (x / 2) (1 + erf(x / sqrt 2))',
    nodes: [
      node('Mul', ['x', 'r'], 'd'),
      node('Erf', ['d'], 'e'),
      node('Add', ['one', 'e'], 'a'),
      node('Mul', ['x', 'half'], 'm'),
      node('Mul', ['a', 'm'], 'y'),
    ],
    constants: { r: scalar(Math.SQRT1_2), one: scalar(1), half: scalar(0.5) },
    kinds: { activation: 1, unary: 0, binary: 0 },
  },
  {
    name: 'layer norm written out',
    nodes: [
      node('ReduceMean', ['x'], 'mean', { axes: [-1] }),
      node('Sub', ['x', 'mean'], 'd'),
      node('Pow', ['d', 'two'], 'sq'),
      node('ReduceMean', ['sq'], 'var', { axes: [-1] }),
      node('Add', ['var', 'eps'], 've'),
      node('Sqrt', ['ve'], 's'),
      node('Div', ['d', 's'], 'n'),
      node('Mul', ['n', 'g'], 'ng'),
      node('Add', ['ng', 'b'], 'y'),
    ],
    constants: { two: scalar(2), eps: scalar(1e-5), g: b8, b: floatTensor([8], wave(8)) },
    kinds: { layerNorm: 1, binary: 0, reduce: 0 },
  },
  {
    name: 'a norm over another axis, written out',
    nodes: [
      node('ReduceMean', ['x'], 'mean', { axes: [1] }),
      node('Sub', ['x', 'mean'], 'd'),
      node('Mul', ['d', 'd'], 'sq'),
      node('ReduceMean', ['sq'], 'var', { axes: [1] }),
      node('Add', ['var', 'eps'], 've'),
      node('Sqrt', ['ve'], 's'),
      node('Div', ['d', 's'], 'y'),
    ],
    constants: { eps: scalar(1e-5) },
    kinds: { layerNorm: 0, reduce: 2 },
  },
  {
    name: 'layer norm without a bias',
    nodes: [node('LayerNormalization', ['x', 'g'], 'y', { axis: -1, epsilon: { float: 1e-3 } })],
    constants: { g: b8 },
    kinds: { layerNorm: 1 },
  },
  ...[
    { name: 'attention without a mask', mask: null, kinds: { attention: 1, softmax: 0 } },
    {
      name: 'attention with a causal mask',
      mask: floatTensor([1, 3, 3], [0, -1e9, -1e9, 0, 0, -1e9, 0, 0, 0]),
      kinds: { attention: 1, softmax: 0 },
    },
    {
      name: 'attention with another mask',
      mask: floatTensor([3, 3], [0, -1e9, 0, 0, 0, -1e9, 0, 0, 0]),
      kinds: { attention: 0, softmax: 1 },
    },
    {
      name: 'attention with a bias that is no mask',
      mask: floatTensor([3, 3], wave(9)),
      kinds: { attention: 0, softmax: 1 },
    },
  ].map(({ name, mask, kinds }) => ({
    name,
    nodes: [
      node('MatMul', ['x', 'w'], 'q'),
      node('Transpose', ['x'], 'k', { perm: [0, 2, 1] }),
      node('MatMul', ['q', 'k'], 'p'),
      node('Mul', ['p', 'c'], mask ? 'scaled' : 'l'),
      ...(mask ? [node('Add', ['scaled', 'mask'], 'l')] : []),
      node('Softmax', ['l'], 's', { axis: -1 }),
      node('MatMul', ['s', 'x'], 'y'),
    ],
    constants: { w: w8, c: scalar(0.4), ...(mask ? { mask } : {}) },
    kinds,
  })),
  {
    name: 'reshapes and transposes that undo each other',
    nodes: [
      node('Transpose', ['x'], 'a', { perm: [2, 0, 1] }),
      node('Transpose', ['a'], 'b', { perm: [1, 2, 0] }),
      node('Flatten', ['b'], 'f', { axis: 2 }),
      node('Reshape', ['f', 's'], 'y'),
    ],
    constants: { s: intTensor([3], [2, 3, 8]) },
    kinds: { transpose: 0, reshape: 0 },
  },
  {
    name: 'a slice in two axes',
    nodes: [node('Slice', ['x', 's', 'e', 'a'], 'y')],
    constants: { s: intTensor([2], [1, -3]), e: intTensor([2], [9e9, -1]), a: intTensor([2], [1, 2]) },
  },
  {
    name: 'a split in unequal parts',
    nodes: [
      { op: 'Split', inputs: ['x', 's'], outputs: ['p', 'q'], attributes: { axis: 2 } },
      node('ReduceSum', ['q', 'two'], 'r'),
      node('Mul', ['p', 'r'], 'y'),
    ],
    constants: { s: intTensor([2], [3, 5]), two: intTensor([1], [2]) },
  },
  {
    name: 'one position of an inner axis',
    nodes: [node('Gather', ['x', 'i'], 'y', { axis: 1 })],
    constants: { i: intTensor([], [-1]) },
    kinds: { slice: 1 },
  },
  {
    name: 'rows, each from its own block',
    nodes: [node('Gather', ['x', 'i'], 'y', { axis: 0 })],
    shape: [6, 4],
    constants: { i: intTensor([3], [1, 2, 5]) },
    kinds: { matmul: 0 },
  },
  {
    name: 'rows from anywhere, one twice',
    nodes: [node('Gather', ['x', 'i'], 'y', { axis: 0 })],
    shape: [6, 4],
    constants: { i: intTensor([2, 2], [5, 0, 0, 3]) },
    kinds: { matmul: 1 },
  },
  { name: 'GatherND', nodes: [node('GatherND', ['x', 'i'], 'y')], constants: { i: intTensor([2, 2], [0, 2, 1, -3]) } },
  {
    name: 'a fill where a condition holds',
    nodes: [node('Where', ['c', 'f', 'x'], 'y')],
    constants: { c: boolTensor([3, 1], [1, 0, 1]), f: scalar(7) },
  },
  {
    name: 'a mask where a condition fails',
    nodes: [node('Where', ['c', 'x', 'f'], 'm'), node('Softmax', ['m'], 'y', { axis: -1 })],
    constants: { c: boolTensor([8], [1, 0, 1, 1, 1, 0, 1, 1]), f: scalar(-1e30) },
  },
  {
    name: 'a guard against what is no number',
    nodes: [
      node('Softmax', ['x'], 's', { axis: 2 }),
      node('IsNaN', ['s'], 'n'),
      node('Where', ['n', 'zero', 's'], 'y'),
    ],
    constants: { zero: scalar(0) },
    kinds: { unary: 0, softmax: 1 },
  },
  {
    name: 'Clip',
    nodes: [node('Clip', ['x', 'low', 'high'], 'y')],
    constants: { low: scalar(-0.3), high: scalar(0.4) },
  },
  {
    name: 'Expand and broadcasting',
    nodes: [
      node('ReduceMax', ['x'], 'm', { axes: [1], keepdims: 1 }),
      node('Expand', ['m', 's'], 'e'),
      node('Sub', ['x', 'e'], 'y'),
    ],
    constants: { s: intTensor([3], [2, 3, 8]) },
  },
  { name: 'unit length by LpNormalization', nodes: [node('LpNormalization', ['x'], 'y', { axis: -1 })] },
  {
    name: 'unit length by ReduceL2',
    nodes: [node('ReduceL2', ['x'], 'n', { axes: [-1] }), node('Div', ['x', 'n'], 'y')],
  },
  {
    name: 'a chain of elementary functions',
    nodes: [
      node('Abs', ['x'], 'a'),
      node('Add', ['a', 'one'], 'b'),
      node('Log', ['b'], 'c'),
      node('Sqrt', ['c'], 'd'),
      node('Neg', ['d'], 'e'),
      node('Exp', ['e'], 'f'),
      node('Reciprocal', ['f'], 'g'),
      node('Softplus', ['g'], 'h'),
      node('Pow', ['h', 'p'], 'i'),
      node('Tanh', ['i'], 'y'),
    ],
    constants: { one: scalar(1.5), p: scalar(1.7) },
  },
  {
    name: 'Min, Max, Relu',
    nodes: [node('Min', ['x', 'a'], 'p'), node('Max', ['p', 'b'], 'q'), node('Relu', ['q'], 'y')],
    constants: { a: scalar(0.8), b: scalar(-0.5) },
  },
  {
    name: 'convolution with overlap and a bias',
    nodes: [node('Conv', ['x', 'w', 'b'], 'y', { strides: [2, 2], pads: [1, 1, 1, 1], kernel_shape: [3, 3] })],
    shape: [2, 3, 8, 6],
    constants: { w: floatTensor([4, 3, 3, 3], wave(108)), b: floatTensor([4], [1, 2, 3, 4]) },
    kinds: { conv: 1 },
  },
  {
    name: 'convolution by patches',
    nodes: [
      node('Conv', ['x', 'w'], 'c', { strides: [2, 2], kernel_shape: [2, 2] }),
      node('Reshape', ['c', 's'], 'r'),
      node('Transpose', ['r'], 'y', { perm: [0, 2, 1] }),
    ],
    shape: [2, 3, 4, 6],
    constants: { w: floatTensor([5, 3, 2, 2], wave(60)), s: intTensor([3], [0, 5, -1]) },
    kinds: { patches: 1, linear: 1, conv: 0 },
  },
  {
    name: 'pooling by the mean of planes',
    nodes: [node('GlobalAveragePool', ['x'], 'p'), node('Flatten', ['p'], 'y')],
    shape: [2, 3, 4, 4],
  },
];

describeAgainstOrt('ONNX operators on the GPU', cases);
