/**
 * ONNX operators on quantised numbers. Weights are brought back to floats when the model is loaded. Activations stay
 * what they are: their "quantised" form is the float itself with scale 1 and zero point 0, which is nearer to the model
 * before quantisation than the file's own arithmetic, and differentiable.
 */
import type { HostTensor } from '../../formats/onnx';
import { binary } from './buildMath';
import { convNode } from './buildConv';
import { linear } from './buildProducts';
import { hostFloats, scalarConstant, Value } from './graph';
import { broadcastIndex } from './hostTensor';
import { blockWeights, dequantized } from './quantized';
import { known, knownInput, type Translate, type TranslateContext } from './translation';

/** Integer weights without their zero point, as floats. The scale follows as a Mul node. */
function centredWeights(context: TranslateContext, weightIndex: number, zeroIndex: number): HostTensor {
  const w = knownInput(context, weightIndex);
  const zero = known(context, zeroIndex);
  return context.derived.derive('centred', zero ? [w, zero] : [w], () => {
    const at = zero ? broadcastIndex(perColumn(zero, w), w.dims) : () => 0;
    return hostFloats(
      w.dims,
      Float32Array.from(w.data, (v, i) => v - (zero ? (zero.data[at(i)] as number) : 0)),
    );
  });
}

/** Zero points of a convolution's filters come as [O] and belong to the first axis. */
const perColumn = (zero: HostTensor, w: HostTensor): HostTensor =>
  w.dims.length === 4 && zero.dims.length === 1 && zero.data.length > 1
    ? { ...zero, dims: [zero.data.length, 1, 1, 1] }
    : zero;

/** Integer weights [K, N] times their scale (one, or one a column). */
function scaledWeights(context: TranslateContext, weight: number, scale: number, zero: number): HostTensor {
  const [w, factor, offset] = [knownInput(context, weight), knownInput(context, scale), known(context, zero)];
  return context.derived.derive('scaled', offset ? [w, factor, offset] : [w, factor], () =>
    dequantized(w, factor, offset, w.dims.length - 1, 0),
  );
}

const vector = (tensor: HostTensor | undefined): HostTensor | undefined =>
  tensor && hostFloats([tensor.data.length], Float32Array.from(tensor.data));

const same: Translate = (_, x) => x;

export const quantizedTranslations: Readonly<Record<string, Translate>> = {
  DynamicQuantizeLinear: (_, x) => [
    x,
    scalarConstant(1),
    Value.constant({ kind: 'int', dims: [], data: Float64Array.of(0) }),
  ],
  QuantizeLinear: same,
  DequantizeLinear: same,
  'com.microsoft.QuantizeLinear': same,
  'com.microsoft.DequantizeLinear': same,
  MatMulInteger: (context, x) => linear(x, centredWeights(context, 1, 3), undefined, true),
  ConvInteger: (context, x) => convNode(context, x, centredWeights(context, 1, 3), undefined),
  'com.microsoft.DynamicQuantizeMatMul': (context, x) =>
    linear(x, scaledWeights(context, 1, 2, 3), vector(known(context, 4))),
  'com.microsoft.MatMulIntegerToFloat': (context, x) => {
    const product = linear(x, scaledWeights(context, 1, 3, 5), vector(known(context, 6)));
    const scale = context.inputs[2];
    return scale && !(scale.constant?.data.length === 1 && scale.constant.data[0] === 1)
      ? binary('mul', product, scale, context.derived)
      : product;
  },
  'com.microsoft.MatMulNBits': (context, x) => {
    if (known(context, 4)) throw new RangeError('Its weights are reordered in groups (g_idx).');
    const [packed, scales, zeros] = [knownInput(context, 1), knownInput(context, 2), known(context, 3)];
    const w = context.derived.derive('blocks', zeros ? [packed, scales, zeros] : [packed, scales], () =>
      blockWeights(context.node, packed, scales, zeros),
    );
    return linear(x, w, vector(known(context, 5)));
  },
};
