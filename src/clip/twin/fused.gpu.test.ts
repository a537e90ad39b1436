import { describeAgainstOrt, node, wave, type OperatorCase } from '../testing/againstOrt';
import { floatTensor, intTensor, smallIntegers } from '../testing/onnxWriter';

const scalar = (value: number): ReturnType<typeof floatTensor> => floatTensor([], [value]);
const vector = (size: number, rate = 2.1): ReturnType<typeof floatTensor> => floatTensor([size], wave(size, rate));
const matrix = (rows: number, columns: number, rate = 0.7): ReturnType<typeof floatTensor> =>
  floatTensor([rows, columns], wave(rows * columns, rate));

const causal = floatTensor([1, 1, 3, 3], [0, -1e9, -1e9, 0, 0, -1e9, 0, 0, 0]);
const bytes = (size: number, rate = 37): number[] =>
  Array.from({ length: size }, (_, i) => (i * rate + (i >> 3)) % 256);
const halves = (size: number): number[] => Array.from({ length: size }, (_, i) => (i * 7 + (i >> 2)) % 16);
const signed = (size: number): number[] => halves(size).map((value) => value - 8);

const fused: OperatorCase[] = [
  {
    name: 'Gelu of ONNX, tanh form',
    nodes: [node('Gelu', ['x'], 'y', { approximate: 'tanh' })],
    opset: 20,
    kinds: { activation: 1 },
    gradient: true,
  },
  { name: 'Gelu', nodes: [node('com.microsoft.Gelu', ['x'], 'y')], kinds: { activation: 1 }, gradient: true },
  {
    name: 'BiasGelu',
    nodes: [node('MatMul', ['x', 'w'], 'p'), node('com.microsoft.BiasGelu', ['p', 'b'], 'y')],
    constants: { w: matrix(8, 8), b: vector(8) },
    kinds: { linear: 1, activation: 0 },
    gradient: true,
  },
  {
    name: 'FastGelu',
    nodes: [node('com.microsoft.FastGelu', ['x', 'b'], 'y')],
    constants: { b: vector(8) },
    kinds: { activation: 1 },
    gradient: true,
  },
  {
    name: 'QuickGelu',
    nodes: [node('com.microsoft.QuickGelu', ['x'], 'y', { alpha: { float: 1.702 } })],
    kinds: { activation: 1 },
  },
  {
    name: 'QuickGelu with another factor',
    nodes: [node('com.microsoft.QuickGelu', ['x'], 'y', { alpha: { float: 1 } })],
    kinds: { activation: 0 },
    gradient: true,
  },
  {
    name: 'GELU by tanh, written out with a power',
    nodes: [
      node('Pow', ['x', 'three'], 'c'),
      node('Mul', ['c', 'k'], 'm'),
      node('Add', ['x', 'm'], 'a'),
      node('Mul', ['a', 'r'], 'i'),
      node('Tanh', ['i'], 't'),
      node('Add', ['t', 'one'], 'g'),
      node('Mul', ['half', 'x'], 'h'),
      node('Mul', ['h', 'g'], 'y'),
    ],
    constants: {
      three: scalar(3),
      k: scalar(0.044715),
      r: scalar(Math.sqrt(2 / Math.PI)),
      one: scalar(1),
      half: scalar(0.5),
    },
    kinds: { activation: 1, unary: 0, binary: 0 },
  },
  {
    name: 'GELU by tanh, x before the bracket',
    nodes: [
      node('Mul', ['x', 'x'], 's'),
      node('Mul', ['s', 'k'], 'm'),
      node('Add', ['m', 'one'], 'a'),
      node('Mul', ['x', 'r'], 'xr'),
      node('Mul', ['xr', 'a'], 'i'),
      node('Tanh', ['i'], 't'),
      node('Add', ['one', 't'], 'g'),
      node('Mul', ['g', 'x'], 'h'),
      node('Mul', ['h', 'half'], 'y'),
    ],
    constants: { k: scalar(0.044715), r: scalar(Math.sqrt(2 / Math.PI)), one: scalar(1), half: scalar(0.5) },
    kinds: { activation: 1, unary: 0, binary: 0 },
  },
  {
    name: 'SkipLayerNormalization with its sum',
    nodes: [
      node('Neg', ['x'], 'n'),
      node('com.microsoft.SkipLayerNormalization', ['x', 'n2', 'g', 'b', 'c'], ['l', '', '', 's']),
      node('Mul', ['n', 'half'], 'n2'),
      node('Add', ['l', 's'], 'y'),
    ].toSorted(
      (a, b) => ['n', 'n2', 'l', 'y'].indexOf(a.outputs[0] ?? '') - ['n', 'n2', 'l', 'y'].indexOf(b.outputs[0] ?? ''),
    ),
    constants: { g: vector(8), b: vector(8, 1.1), c: vector(8, 0.4), half: scalar(0.5) },
    kinds: { layerNorm: 1 },
    gradient: true,
  },
  {
    name: 'SimplifiedLayerNormalization',
    nodes: [node('SimplifiedLayerNormalization', ['x', 'g'], 'y', { axis: -1, epsilon: { float: 1e-4 } })],
    constants: { g: vector(8) },
    gradient: true,
  },
  {
    name: 'SkipSimplifiedLayerNormalization',
    nodes: [node('Abs', ['x'], 'n'), node('com.microsoft.SkipSimplifiedLayerNormalization', ['x', 'n', 'g'], 'y')],
    constants: { g: vector(8) },
  },
  {
    name: 'layer norm over two axes',
    nodes: [node('LayerNormalization', ['x', 'g', 'b'], 'y', { axis: 1 })],
    constants: { g: floatTensor([3, 8], wave(24)), b: floatTensor([3, 8], wave(24, 0.3)) },
    kinds: { layerNorm: 1 },
    gradient: true,
  },
  {
    name: 'Attention',
    nodes: [node('com.microsoft.Attention', ['x', 'w', 'b'], 'y', { num_heads: 2 })],
    constants: { w: matrix(8, 24), b: vector(24) },
    kinds: { jointAttention: 1, linear: 1 },
    gradient: true,
  },
  {
    name: 'Attention, causal',
    nodes: [node('com.microsoft.Attention', ['x', 'w', 'b'], 'y', { num_heads: 2, unidirectional: 1 })],
    constants: { w: matrix(8, 24), b: vector(24) },
    kinds: { jointAttention: 1, softmax: 0 },
  },
  {
    name: 'Attention with a causal mask as a bias',
    nodes: [node('com.microsoft.Attention', ['x', 'w', 'b', '', '', 'm'], 'y', { num_heads: 2 })],
    constants: { w: matrix(8, 24), b: vector(24), m: causal },
    kinds: { jointAttention: 1, softmax: 0 },
  },
  {
    name: 'Attention with padding',
    nodes: [node('com.microsoft.Attention', ['x', 'w', 'b', 'm'], 'y', { num_heads: 2 })],
    constants: { w: matrix(8, 24), b: vector(24), m: smallIntegers(6, [2, 3], [1, 1, 0, 1, 1, 1]) },
    kinds: { jointAttention: 0, softmax: 1 },
  },
  ...[{ mask: false }, { mask: true }].map(({ mask }) => ({
    name: `MultiHeadAttention${mask ? ' with a mask' : ''}`,
    nodes: [
      node('MatMul', ['x', 'q'], 'xq'),
      node('MatMul', ['x', 'k'], 'xk'),
      node('MatMul', ['x', 'v'], 'xv'),
      node('com.microsoft.MultiHeadAttention', ['xq', 'xk', 'xv', 'b', ...(mask ? ['', 'm'] : [])], 'y', {
        num_heads: 2,
      }),
    ],
    constants: {
      q: matrix(8, 8),
      k: matrix(8, 8, 0.3),
      v: matrix(8, 8, 0.5),
      b: vector(24),
      ...(mask ? { m: causal } : {}),
    },
    kinds: { jointAttention: 1, linear: 1, softmax: 0 },
    gradient: true,
  })),
  {
    name: 'Attention of ONNX',
    nodes: [node('Attention', ['x', 'x', 'x'], 'y', { q_num_heads: 2, kv_num_heads: 2, is_causal: 1 })],
    opset: 23,
    kinds: { attention: 1 },
    gradient: true,
  },
  {
    name: 'FusedMatMul',
    nodes: [node('com.microsoft.FusedMatMul', ['x', 'x'], 'y', { transB: 1, alpha: { float: 0.3 } })],
    kinds: { matmul: 1 },
    gradient: true,
  },
  {
    name: 'FusedMatMul with weights',
    nodes: [node('com.microsoft.FusedMatMul', ['x', 'w'], 'y', { transB: 1 })],
    constants: { w: matrix(5, 8) },
    kinds: { linear: 1, transpose: 0 },
  },
  {
    name: 'attention by Einsum',
    nodes: [
      node('Einsum', ['x', 'x'], 'p', { equation: 'bid,bjd->bij' }),
      node('Softmax', ['p'], 's', { axis: -1 }),
      node('Einsum', ['s', 'x'], 'y', { equation: 'bij,bjd->bid' }),
    ],
    kinds: { attention: 1 },
    gradient: true,
  },
  {
    name: 'Einsum that rearranges',
    nodes: [node('Einsum', ['x', 'w'], 'y', { equation: 'bid, dhk -> bhik' })],
    constants: { w: floatTensor([8, 2, 5], wave(80)) },
    gradient: true,
  },
  {
    name: 'one packed projection for q, k and v',
    nodes: [
      node('MatMul', ['x', 'w'], 'p'),
      node('Reshape', ['p', 's5'], 'r'),
      node('Transpose', ['r'], 't', { perm: [2, 0, 3, 1, 4] }),
      ...[0, 1, 2].map((i) => node('Gather', ['t', `i${i}`], ['q', 'k', 'v'][i] as string, { axis: 0 })),
      node('Mul', ['q', 'c'], 'qs'),
      node('Transpose', ['k'], 'kt', { perm: [0, 1, 3, 2] }),
      node('MatMul', ['qs', 'kt'], 'l'),
      node('Softmax', ['l'], 'a', { axis: -1 }),
      node('MatMul', ['a', 'v'], 'o'),
      node('Transpose', ['o'], 'ot', { perm: [0, 2, 1, 3] }),
      node('Reshape', ['ot', 's3'], 'y'),
    ],
    constants: {
      w: matrix(8, 24),
      s5: intTensor([5], [2, 3, 3, 2, 4]),
      s3: intTensor([3], [2, 3, 8]),
      c: scalar(0.5),
      i0: intTensor([], [0]),
      i1: intTensor([], [1]),
      i2: intTensor([], [2]),
    },
    kinds: { jointAttention: 1, transpose: 0, slice: 0 },
    gradient: true,
  },
  {
    // Both factors carry the root of the scale, which is worked out from the shape of q; what a row without keys would
    // give is guarded against.
    name: 'scaled dot product attention as newer exporters write it',
    nodes: [
      ...['q', 'k', 'v'].flatMap((part) => [
        node('MatMul', ['x', `w${part}`], `${part}0`),
        node('Reshape', [`${part}0`, 's4'], `${part}1`),
      ]),
      node('Transpose', ['q1'], 'q', { perm: [0, 2, 1, 3] }),
      node('Transpose', ['k1'], 'kt', { perm: [0, 2, 3, 1] }),
      node('Transpose', ['v1'], 'v', { perm: [0, 2, 1, 3] }),
      node('Shape', ['q'], 'shape'),
      node('Slice', ['shape', 'last', 'end'], 'width'),
      node('Cast', ['width'], 'float', { to: 1 }),
      node('Sqrt', ['float'], 'root'),
      node('Div', ['one', 'root'], 'scale'),
      node('Sqrt', ['scale'], 'half'),
      node('Mul', ['q', 'half'], 'qs'),
      node('Mul', ['kt', 'half'], 'ks'),
      node('MatMul', ['qs', 'ks'], 'l'),
      node('Softmax', ['l'], 'a', { axis: -1 }),
      node('IsNaN', ['a'], 'nan'),
      node('Where', ['nan', 'zero', 'a'], 'p'),
      node('MatMul', ['p', 'v'], 'o'),
      node('Transpose', ['o'], 'ot', { perm: [0, 2, 1, 3] }),
      node('Reshape', ['ot', 's3'], 'y'),
    ],
    constants: {
      wq: matrix(8, 8),
      wk: matrix(8, 8, 0.3),
      wv: matrix(8, 8, 0.5),
      s4: intTensor([4], [0, 0, 2, 4]),
      s3: intTensor([3], [0, 0, 8]),
      last: intTensor([1], [-1]),
      end: intTensor([1], [9e9]),
      one: floatTensor([1], [1]),
      zero: scalar(0),
    },
    kinds: { jointAttention: 1, linear: 1, softmax: 0, unary: 0, transpose: 0 },
    gradient: true,
  },
  { name: 'softmax over an inner axis', nodes: [node('Softmax', ['x'], 'y', { axis: 1 })], gradient: true },
  {
    name: 'every other position',
    nodes: [node('Slice', ['x', 's', 'e', 'a', 't'], 'y')],
    constants: { s: intTensor([1], [1]), e: intTensor([1], [99]), a: intTensor([1], [2]), t: intTensor([1], [2]) },
    gradient: true,
  },
  {
    name: 'positions in reverse',
    nodes: [node('Slice', ['x', 's', 'e', 'a', 't'], 'y')],
    constants: { s: intTensor([1], [-1]), e: intTensor([1], [-99]), a: intTensor([1], [1]), t: intTensor([1], [-1]) },
  },
  {
    name: 'scattered positions of an inner axis',
    nodes: [node('Gather', ['x', 'i'], 'y', { axis: 2 })],
    constants: { i: intTensor([3], [5, 0, 6]) },
    gradient: true,
  },
  {
    name: 'HardSwish and ReduceMin',
    nodes: [node('HardSwish', ['x'], 'h'), node('ReduceMin', ['h'], 'm', { axes: [1] }), node('Sub', ['h', 'm'], 'y')],
  },
  { name: 'LeakyRelu', nodes: [node('LeakyRelu', ['x'], 'y', { alpha: { float: 0.2 } })] },
];

const picture = [2, 4, 6, 5];
const convolutional: OperatorCase[] = [
  {
    name: 'a depthwise convolution, batch norm and GELU',
    nodes: [
      node('Conv', ['x', 'w'], 'c', { strides: [2, 2], pads: [1, 1, 1, 1], group: 4 }),
      node('BatchNormalization', ['c', 'g', 'b', 'm', 'v'], 'n'),
      node('com.microsoft.Gelu', ['n'], 'y'),
    ],
    shape: picture,
    constants: {
      w: floatTensor([4, 1, 3, 3], wave(36)),
      g: vector(4),
      b: vector(4, 1),
      m: vector(4, 3),
      v: floatTensor([4], [1, 2, 0.5, 1.5]),
    },
    kinds: { depthwise: 1, binary: 0, transpose: 2 },
    gradient: true,
  },
  {
    name: 'a depthwise convolution with two results a channel',
    nodes: [node('Conv', ['x', 'w', 'b'], 'y', { pads: [2, 1, 0, 1], group: 4 })],
    shape: picture,
    constants: { w: floatTensor([8, 1, 3, 3], wave(72)), b: vector(8) },
    kinds: { depthwise: 1 },
    gradient: true,
  },
  {
    name: 'a convolution in two groups',
    nodes: [node('Conv', ['x', 'w', 'b'], 'y', { pads: [1, 1, 1, 1], group: 2 })],
    shape: picture,
    constants: { w: floatTensor([6, 2, 3, 3], wave(108)), b: vector(6) },
    kinds: { conv: 2 },
    gradient: true,
  },
  {
    name: 'a convolution with uneven padding and large steps',
    nodes: [node('Conv', ['x', 'w'], 'y', { strides: [3, 3], pads: [0, 1, 2, 1] })],
    shape: picture,
    constants: { w: floatTensor([3, 4, 4, 4], wave(192)) },
    kinds: { conv: 1 },
    gradient: true,
  },
  {
    name: 'a dilated convolution',
    nodes: [node('Conv', ['x', 'w'], 'y', { dilations: [2, 1], pads: [2, 1, 2, 1] })],
    shape: picture,
    constants: { w: floatTensor([3, 4, 3, 3], wave(108)) },
    kinds: { conv: 1 },
    gradient: true,
  },
  {
    name: 'a convolution padded to the same size',
    nodes: [node('Conv', ['x', 'w'], 'y', { auto_pad: 'SAME_UPPER', strides: [2, 2] })],
    shape: picture,
    constants: { w: floatTensor([3, 4, 3, 3], wave(108)) },
  },
  {
    name: 'a convolution of single pixels with a residual',
    nodes: [node('Conv', ['x', 'w', 'b'], 'c'), node('Mul', ['c', 's'], 'm'), node('Add', ['x', 'm'], 'y')],
    shape: picture,
    constants: { w: floatTensor([4, 4, 1, 1], wave(16)), b: vector(4), s: floatTensor([4, 1, 1], wave(4)) },
    kinds: { linear: 1, binary: 1, conv: 0 },
    gradient: true,
  },
  {
    name: 'a batch norm beside a residual: nothing is computed twice',
    nodes: [
      node('Conv', ['x', 'w', 'b'], 'c'),
      node('BatchNormalization', ['c', 'b', 'b', 'b', 'v'], 'n'),
      node('com.microsoft.Gelu', ['n'], 'g'),
      node('Add', ['c', 'g'], 'y'),
    ],
    shape: picture,
    constants: { w: floatTensor([4, 4, 1, 1], wave(16)), b: vector(4), v: floatTensor([4], [1, 2, 0.5, 1.5]) },
    kinds: { linear: 1, binary: 3 },
    gradient: true,
  },
  {
    name: 'squeeze and excitation',
    nodes: [
      node('Conv', ['x', 'w'], 'c'),
      node('GlobalAveragePool', ['c'], 'p'),
      node('Conv', ['p', 'v'], 'q'),
      node('Sigmoid', ['q'], 's'),
      node('Mul', ['c', 's'], 'y'),
    ],
    shape: picture,
    constants: { w: floatTensor([4, 4, 1, 1], wave(16)), v: floatTensor([4, 4, 1, 1], wave(16, 0.3)) },
    kinds: { linear: 2 },
    gradient: true,
  },
  {
    name: 'norm over the channels of planes',
    nodes: [
      node('Conv', ['x', 'w'], 'c'),
      node('ReduceMean', ['c'], 'm', { axes: [1] }),
      node('Sub', ['c', 'm'], 'd'),
      node('Pow', ['d', 'two'], 'q'),
      node('ReduceMean', ['q'], 'v', { axes: [1] }),
      node('Add', ['v', 'e'], 've'),
      node('Sqrt', ['ve'], 'r'),
      node('Div', ['d', 'r'], 'n'),
      node('Mul', ['n', 'g'], 'y'),
    ],
    shape: picture,
    constants: {
      w: floatTensor([4, 4, 1, 1], wave(16)),
      two: scalar(2),
      e: scalar(1e-5),
      g: floatTensor([4, 1, 1], wave(4)),
    },
    kinds: { layerNorm: 1, reduce: 0 },
    gradient: true,
  },
  {
    name: 'average pooling over the edge',
    nodes: [node('AveragePool', ['x'], 'y', { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] })],
    shape: picture,
    gradient: true,
  },
  {
    name: 'average pooling that counts padding',
    nodes: [
      node('AveragePool', ['x'], 'y', {
        kernel_shape: [2, 2],
        strides: [2, 2],
        pads: [0, 1, 0, 0],
        count_include_pad: 1,
      }),
    ],
    shape: picture,
  },
  {
    name: 'maximum pooling',
    nodes: [node('MaxPool', ['x'], 'y', { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] })],
    shape: picture,
  },
  {
    name: 'padding',
    nodes: [node('Pad', ['x', 'p', 'v'], 'y')],
    constants: { p: intTensor([6], [0, 1, 0, 0, 0, 2]), v: scalar(0.7) },
    gradient: true,
  },
];

const quantized: OperatorCase[] = [
  {
    name: 'weights of eight bits, one scale',
    nodes: [node('DequantizeLinear', ['q', 's', 'z'], 'w'), node('MatMul', ['x', 'w'], 'y')],
    constants: { q: smallIntegers(2, [8, 5], bytes(40)), s: scalar(0.01), z: smallIntegers(2, [], [128]) },
    kinds: { linear: 1 },
    gradient: true,
  },
  {
    name: 'weights of eight bits, one scale a channel',
    nodes: [node('DequantizeLinear', ['q', 's', 'z'], 'w', { axis: 1 }), node('MatMul', ['x', 'w'], 'y')],
    constants: {
      q: smallIntegers(3, [8, 5], bytes(40)),
      s: floatTensor([5], [0.01, 0.02, 0.03, 0.01, 0.02]),
      z: smallIntegers(3, [5], [0, 3, -4, 0, 1]),
    },
    kinds: { linear: 1 },
  },
  {
    name: 'weights of four bits in blocks',
    nodes: [
      node('DequantizeLinear', ['q', 's', 'z'], 'w', { axis: 0, block_size: 4 }),
      node('MatMul', ['x', 'w'], 'y'),
    ],
    opset: 21,
    constants: {
      q: smallIntegers(21, [8, 5], halves(40)),
      s: floatTensor([2, 5], wave(10)),
      z: smallIntegers(21, [2, 5], halves(10)),
    },
    kinds: { linear: 1 },
  },
  {
    name: 'signed weights of four bits in blocks',
    nodes: [node('DequantizeLinear', ['q', 's'], 'w', { axis: -1, block_size: 2 }), node('MatMul', ['x', 'w'], 'y')],
    opset: 21,
    constants: { q: smallIntegers(22, [8, 6], signed(48)), s: floatTensor([8, 3], wave(24)) },
  },
  {
    name: 'MatMulNBits',
    nodes: [node('com.microsoft.MatMulNBits', ['x', 'q', 's'], 'y', { K: 40, N: 5, bits: 4, block_size: 16 })],
    shape: [2, 3, 40],
    constants: {
      q: smallIntegers(2, [5, 3, 8], bytes(120)),
      s: floatTensor(
        [15],
        wave(15).map((v) => v / 10),
      ),
    },
    kinds: { linear: 1 },
    tolerance: 1e-4,
    gradient: true,
  },
  {
    name: 'MatMulNBits with zero points and a bias',
    nodes: [
      node('com.microsoft.MatMulNBits', ['x', 'q', 's', 'z', '', 'b'], 'y', { K: 40, N: 5, bits: 4, block_size: 16 }),
    ],
    shape: [2, 3, 40],
    constants: {
      q: smallIntegers(2, [5, 3, 8], bytes(120)),
      s: floatTensor(
        [15],
        wave(15).map((v) => v / 10),
      ),
      z: smallIntegers(2, [10], bytes(10, 91)),
      b: vector(5),
    },
    tolerance: 1e-4,
  },
  {
    name: 'quantised and dequantised on the way',
    nodes: [
      node('QuantizeLinear', ['x', 's', 'z'], 'q'),
      node('DequantizeLinear', ['q', 's', 'z'], 'd'),
      node('MatMul', ['d', 'w'], 'y'),
    ],
    constants: { s: scalar(0.01), z: smallIntegers(2, [], [110]), w: matrix(8, 5) },
    kinds: { linear: 1, unary: 0 },
    tolerance: 0.03,
  },
  {
    name: 'DynamicQuantizeMatMul',
    nodes: [node('com.microsoft.DynamicQuantizeMatMul', ['x', 'q', 's', 'z', 'b'], 'y')],
    constants: {
      q: smallIntegers(2, [8, 5], bytes(40)),
      s: scalar(0.01),
      z: smallIntegers(2, [], [120]),
      b: vector(5),
    },
    kinds: { linear: 1 },
    tolerance: 0.03,
  },
  {
    name: 'MatMulIntegerToFloat',
    nodes: [
      node('DynamicQuantizeLinear', ['x'], ['xq', 'xs', 'xz']),
      node('com.microsoft.MatMulIntegerToFloat', ['xq', 'q', 'xs', 's', 'xz', 'z'], 'y'),
    ],
    constants: {
      q: smallIntegers(2, [8, 5], bytes(40)),
      s: floatTensor([5], [0.01, 0.02, 0.03, 0.01, 0.02]),
      z: smallIntegers(2, [5], [120, 128, 100, 128, 128]),
    },
    kinds: { linear: 1 },
    tolerance: 0.05,
  },
];

describeAgainstOrt('operators that onnxruntime fuses', fused);
describeAgainstOrt('operators of convolutional towers', convolutional);
describeAgainstOrt('quantised weights', quantized);
