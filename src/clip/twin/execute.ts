/**
 * Each operator of the twin's graph on our GPU operators. All are differentiable; shapes are those that the graph
 * worked out.
 */
import type { BinaryFunction, ReduceFunction, TwinOp, UnaryFunction } from './graph';
import { attention } from '../../gpu/attention/attention';
import { jointAttention } from '../../gpu/attention/jointAttention';
import { biasAct } from '../../gpu/biasAct/biasAct';
import { conv2d } from '../../gpu/conv2d/conv2d';
import { dense } from '../../gpu/dense/dense';
import { depthwiseConv2d } from '../../gpu/depthwiseConv2d/depthwiseConv2d';
import { layerNorm } from '../../gpu/layerNorm/layerNorm';
import { matMul } from '../../gpu/matmul/matmul';
import {
  abs,
  add,
  broadcastTo,
  concat,
  cos,
  div,
  erf,
  exp,
  log,
  max,
  maximum,
  maxPool,
  mean,
  minimum,
  mul,
  neg,
  ones,
  pad,
  pow,
  reciprocal,
  relu,
  reshape,
  sigmoid,
  sin,
  slice,
  softmax,
  softplus,
  sqrt,
  square,
  sub,
  sum,
  tanh,
  transpose,
  zeros,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '../../gpu/tensor';
import { sizeOf, type Shape } from './shape';

const binaries: Record<BinaryFunction, (a: Tensor, b: Tensor) => Tensor> = {
  add,
  sub,
  mul,
  div,
  pow,
  min: minimum,
  max: maximum,
};
const unaries: Record<UnaryFunction, (x: Tensor) => Tensor> = {
  neg,
  abs,
  sqrt,
  square,
  reciprocal,
  exp,
  log,
  erf,
  tanh,
  sigmoid,
  relu,
  softplus,
  sin,
  cos,
  isNaN: (x) => mul(x, 0),
};

/**
 * @param inputs in the order that the operator's kind says
 * @param shape of the result
 */
export function execute(op: TwinOp, inputs: readonly Tensor[], shape: Shape): Tensor {
  const [x, second, third] = inputs;
  if (!x) throw new RangeError(`${op.kind} without inputs.`);
  switch (op.kind) {
    case 'input':
      return x;
    case 'reshape':
      return reshape(x, [...shape]);
    case 'transpose':
      return transpose(x, [...op.perm]);
    case 'expand':
      return broadcastTo(x, [...shape]);
    case 'slice':
      return slice(
        x,
        shape.map((_, axis) => (axis === op.axis ? op.start : 0)),
        [...shape],
      );
    case 'concat':
      return concat([...inputs], op.axis);
    case 'binary':
      return binaries[op.fn](x, second as Tensor);
    case 'unary':
      return unaries[op.fn](x);
    case 'activation':
      return biasAct(x, null, { activation: op.fn });
    case 'reduce':
      return reduce(op.fn, x, [...op.axes]);
    case 'softmax':
      return softmax(x);
    case 'matmul':
      return product(x, second as Tensor, shape);
    case 'linear': {
      // The network is frozen and its own precision is often half: where the device is faster so, its products may
      // round. Gradients stay exact.
      const w = second as Tensor2D;
      const rows = reshape(x, [sizeOf(shape) / (w.shape[1] as number), w.shape[0] as number]) as Tensor2D;
      return reshape(dense(rows, w, third ?? null, op.activation, { half: true }), [...shape]);
    }
    case 'layerNorm': {
      const width = shape.at(-1) as number;
      return layerNorm(x, second ?? ones([width]), third ?? zeros([width]), op.epsilon);
    }
    case 'attention':
      return attention(x as Tensor4D, second as Tensor4D, third as Tensor4D, op);
    case 'jointAttention':
      return jointAttention(x as Tensor3D, op);
    case 'conv': {
      const y = conv2d(x as Tensor4D, second as Tensor4D, { stride: op.stride as 1 | 2, pad: op.pad });
      return third ? add(y, third) : y;
    }
    case 'depthwise': {
      const y = depthwiseConv2d(x as Tensor4D, second as Tensor3D, { stride: op.stride, pad: op.pads });
      return third ? add(y, third) : y;
    }
    case 'maxPool':
      return maxPool(x as Tensor4D, [...op.size], [...op.strides], 'valid');
    case 'pad':
      return pad(
        x,
        op.pads.map(([before, after]) => [before, after] as [number, number]),
        op.fill,
      );
    case 'patches':
      return patches(x as Tensor4D, op.size);
  }
}

function reduce(fn: ReduceFunction, x: Tensor, axes: number[]): Tensor {
  switch (fn) {
    case 'mean':
      return mean(x, axes, true);
    case 'sum':
      return sum(x, axes, true);
    case 'max':
      return max(x, axes, true);
    case 'l2':
      return sqrt(sum(square(x), axes, true));
  }
}

/** Leading axes merged into one. */
const flat = (t: Tensor): Tensor3D =>
  reshape(t, [sizeOf(t.shape.slice(0, -2)), ...(t.shape.slice(-2) as [number, number])]);

/** Batched product with equal leading axes (or none on one side). */
function product(a: Tensor, b: Tensor, shape: Shape): Tensor {
  const batch = sizeOf(shape.slice(0, -2));
  const wide = (t: Tensor): Tensor =>
    sizeOf(t.shape.slice(0, -2)) === batch || sizeOf(t.shape.slice(0, -2)) === 1
      ? t
      : broadcastTo(t, [...shape.slice(0, -2), ...t.shape.slice(-2)]);
  return reshape(matMul(flat(wide(a)), flat(wide(b))), [...shape]);
}

/** [n, s, s, C] to [n, s / size, s / size, size * size * C]. */
function patches(x: Tensor4D, size: number): Tensor {
  const [n, height, width, channels] = x.shape;
  const [gh, gw] = [height / size, width / size];
  const rows = reshape(x, [n, gh, size, gw, size * channels]);
  return reshape(transpose(rows, [0, 1, 3, 2, 4]), [n, gh, gw, size * size * channels]);
}
