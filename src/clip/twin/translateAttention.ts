/**
 * Attention as one operator: onnxruntime's contributed Attention and MultiHeadAttention, and ONNX's own Attention
 * (operator set 23). Masks must be known ahead; a causal one and none become the fused kernel, others are added to the
 * logits.
 */
import type { HostTensor } from '../../formats/onnx';
import { binary } from './buildMath';
import { reshape, slice, transpose } from './buildMoving';
import { attend, linear } from './buildProducts';
import { hostFloats, Value } from './graph';
import { attributeNumber } from './node';
import { asFloats, input, known, knownInput, type Translate, type TranslateContext } from './translation';

/** [n, L, H * d] as [n, H, L, d]; what already has four axes stays. */
function heads(x: Value, count: number): Value {
  if (x.shape.length === 4) return x;
  const [n, length, width] = x.shape as [number, number, number];
  return transpose(reshape(x, [n, length, count, width / count]), [0, 2, 1, 3]);
}

/** [n, H, L, d] as [n, L, H * d]. */
function merged(x: Value): Value {
  const [n, count, length, width] = x.shape as [number, number, number, number];
  return reshape(transpose(x, [0, 2, 1, 3]), [n, length, count * width]);
}

function causalMask(length: number): HostTensor {
  return hostFloats(
    [length, length],
    Float32Array.from({ length: length * length }, (_, i) => (i % length > Math.floor(i / length) ? -1e9 : 0)),
  );
}

/** Keys that may be seen, [n, L] of 1 and 0, as something to add to logits; undefined where all may. */
function paddingMask(mask: HostTensor | undefined): HostTensor | undefined {
  if (!mask || mask.data.every((flag) => flag === 1)) return undefined;
  if (mask.dims.length !== 2) throw new RangeError('Its mask is given by positions.');
  const [n, length] = mask.dims as [number, number];
  return hostFloats(
    [n, 1, 1, length],
    Float32Array.from(mask.data, (flag) => (flag ? 0 : -1e9)),
  );
}

interface AttentionParts {
  q: Value;
  k: Value;
  v: Value;
  causal: boolean;
  masks: (HostTensor | undefined)[];
}

function attention(context: TranslateContext, { q, k, v, causal, masks }: AttentionParts): Value {
  const scale = attributeNumber(context.node, 'scale', 0) || 1 / Math.sqrt(q.shape.at(-1) as number);
  const all = [...masks, causal ? causalMask(k.shape.at(-2) as number) : undefined].filter(
    (mask) => mask !== undefined,
  );
  return attend(q, k, v, scale, all, context.derived);
}

const packedAttention: Translate = (context, x) => {
  const count = attributeNumber(context.node, 'num_heads', 1);
  if (context.inputs[4]) throw new RangeError('It keeps a past.');
  const w = asFloats(knownInput(context, 1));
  const [n, length] = x.shape as [number, number];
  const total = w.dims[1] as number;
  const bias = known(context, 2);
  const qkv = linear(x, w, bias && hostFloats([total], asFloats(bias).data as Float32Array));
  const wide = reshape(qkv, [n, length, total]);
  const part = (i: number): Value => heads(slice(wide, 2, (i * total) / 3, total / 3), count);
  return [
    merged(
      attention(context, {
        q: part(0),
        k: part(1),
        v: part(2),
        causal: attributeNumber(context.node, 'unidirectional', 0) === 1,
        masks: [paddingMask(known(context, 3)), known(context, 5)],
      }),
    ),
  ];
};

const multiHeadAttention: Translate = (context, query) => {
  const count = attributeNumber(context.node, 'num_heads', 1);
  const [key, value] = [input(context, 1), input(context, 2)];
  const bias = known(context, 3);
  const width = query.shape.at(-1) as number;
  const withBias = (x: Value, i: number): Value =>
    bias && x.shape.length === 3
      ? binary(
          'add',
          x,
          Value.constant(hostFloats([width], (asFloats(bias).data as Float32Array).slice(i * width, (i + 1) * width))),
          context.derived,
        )
      : x;
  const [q, k, v] = [query, key, value].map((x, i) => heads(withBias(x, i), count)) as [Value, Value, Value];
  return [
    merged(
      attention(context, {
        q,
        k,
        v,
        causal: attributeNumber(context.node, 'unidirectional', 0) === 1,
        masks: [paddingMask(known(context, 4)), known(context, 5)],
      }),
    ),
  ];
};

/** Attention of the ONNX operator set (23 and later). */
const standardAttention: Translate = (context, query) => {
  if (context.inputs[4] || context.inputs[5]) throw new RangeError('It keeps a past.');
  if (attributeNumber(context.node, 'softcap', 0) !== 0) throw new RangeError('It caps its logits.');
  const [queries, keys] = [
    attributeNumber(context.node, 'q_num_heads', 1),
    attributeNumber(context.node, 'kv_num_heads', 1),
  ];
  const [q, k, v] = [heads(query, queries), heads(input(context, 1), keys), heads(input(context, 2), keys)];
  if (q.shape[1] !== k.shape[1]) throw new RangeError('Its queries share keys.');
  const mask = known(context, 3);
  const additive =
    mask?.kind === 'bool'
      ? hostFloats(
          mask.dims,
          Float32Array.from(mask.data, (flag) => (flag ? 0 : -1e9)),
        )
      : mask;
  const y = attention(context, {
    q,
    k,
    v,
    causal: attributeNumber(context.node, 'is_causal', 0) === 1,
    masks: [additive],
  });
  return [query.shape.length === 3 ? merged(y) : y];
};

export const attentionTranslations: Readonly<Record<string, Translate>> = {
  'com.microsoft.Attention': packedAttention,
  'com.microsoft.MultiHeadAttention': multiHeadAttention,
  Attention: standardAttention,
};
