/**
 * Builders for matrix products: layers with constant weights become `linear`, and a softmax between two products
 * becomes `attention` where its mask is none or causal. Where q, k and v come from one input, one product makes all
 * three and attention reads them in place.
 */
import type { HostTensor } from '../../formats/onnx';
import type { DerivedConstants } from './derived';
import { hostFloats, madeBy, madeByBinary, scalarConstant, scalarOf, Value } from './graph';
import { concatHost, transposeHost } from './hostMovingOps';
import { broadcastIndex } from './hostTensor';
import { peelScale, reshape, transpose } from './buildMoving';
import { binary } from './buildMath';
import { broadcastShapes, sameShape, sizeOf } from './shape';

/** x [..., I] by w [I, O], plus `bias` [O] if given. */
export function linear(x: Value, w: HostTensor, bias?: HostTensor, quantized = false): Value {
  const out = w.dims[1] as number;
  const inputs = [x, Value.constant(w), ...(bias ? [Value.constant(bias)] : [])];
  return Value.of({ kind: 'linear', activation: 'linear', quantized }, inputs, [...x.shape.slice(0, -1), out]);
}

export function matmul(a: Value, b: Value, derived: DerivedConstants): Value {
  if (b.constant && b.shape.length === 2) return linear(a, b.constant);
  const attended = attentionOf(a, b, derived);
  if (attended) return attended;
  for (const [peeled, other, left] of [[peelScale(a), b, true] as const, [peelScale(b), a, false] as const]) {
    if (peeled)
      return binary(
        'mul',
        left ? matmul(peeled.base, other, derived) : matmul(other, peeled.base, derived),
        peeled.factor,
        derived,
      );
  }
  if (a.shape.length < 2 || b.shape.length < 2) throw new RangeError('A product with a vector.');
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return Value.of({ kind: 'matmul' }, [a, b], [...batch, a.shape.at(-2) as number, b.shape.at(-1) as number]);
}

/** ONNX's Gemm: alpha op(a) op(b) + beta c. */
export function gemm(
  a: Value,
  b: Value,
  c: Value | undefined,
  options: { alpha: number; beta: number; transA: boolean; transB: boolean },
  derived: DerivedConstants,
): Value {
  const left = options.transA ? transpose(a, [1, 0]) : a;
  const right =
    b.constant && options.transB
      ? Value.constant(transposedWeight(b.constant, derived))
      : options.transB
        ? transpose(b, [1, 0])
        : b;
  const product = binary('mul', matmul(left, right, derived), scalarConstant(options.alpha), derived);
  return c
    ? binary(
        'add',
        product,
        c.constant && options.beta === 1 ? c : binary('mul', c, scalarConstant(options.beta), derived),
        derived,
      )
    : product;
}

export function transposedWeight(w: HostTensor, derived: DerivedConstants): HostTensor {
  return derived.derive('transposed', [w], () => transposeHost(w, [1, 0]));
}

interface Logits {
  q: Value;
  /** [..., D, T]: keys as columns. */
  keys: Value;
  scale: number;
  masks: HostTensor[];
}

/**
 * Follows a softmax's input back to the product of q and k, through scales, masks and reshapes that keep the last two
 * axes.
 */
function logitsOf(start: Value): Logits | null {
  let [at, scale] = [start, 1];
  const masks: HostTensor[] = [];
  for (;;) {
    const product = madeBy(at, 'matmul');
    if (product) return { q: product.x, keys: product.inputs[1] as Value, scale, masks };
    const peeled = peelScale(at);
    const sum = madeByBinary(at, 'add');
    const reshaped = madeBy(at, 'reshape');
    if (peeled) {
      scale *= scalarOf(peeled.factor) as number;
      at = peeled.base;
    } else if (sum && (sum.b.constant ?? sum.a.constant)) {
      masks.push((sum.b.constant ?? sum.a.constant) as HostTensor);
      at = sum.b.constant ? sum.a : sum.b;
    } else if (reshaped && sameShape(reshaped.x.shape.slice(-2), at.shape.slice(-2))) at = reshaped.x;
    else return null;
  }
}

const FORBIDDEN = -1e4;

/** Whether the masks together allow everything, or just the past; null where they do something else. */
function maskKind(masks: readonly HostTensor[], length: number): 'none' | 'causal' | null {
  if (masks.length === 0) return 'none';
  const shape = masks.reduce((dims, mask) => broadcastShapes(dims, mask.dims), [length, length] as number[]);
  const readers = masks.map((mask) => ({ mask, at: broadcastIndex(mask, shape) }));
  let [openAhead, closedAhead] = [false, false];
  for (let i = 0; i < sizeOf(shape); i++) {
    let total = 0;
    for (const { mask, at } of readers) total += mask.data[at(i)] as number;
    const open = total === 0;
    if (!open && !(total <= FORBIDDEN)) return null;
    const ahead = i % length > Math.floor(i / length) % length;
    if (!ahead && !open) return null;
    if (ahead && open) openAhead = true;
    if (ahead && !open) closedAhead = true;
  }
  if (openAhead && closedAhead) return null;
  return closedAhead ? 'causal' : 'none';
}

/** `softmax(scale q k^T + mask) v`, given the two operands of the last product. */
function attentionOf(probabilities: Value, v: Value, derived: DerivedConstants): Value | null {
  let softmax = madeBy(probabilities, 'softmax');
  for (let at = probabilities; !softmax;) {
    const reshaped = madeBy(at, 'reshape');
    if (!reshaped || !sameShape(reshaped.x.shape.slice(-2), at.shape.slice(-2))) return null;
    at = reshaped.x;
    softmax = madeBy(at, 'softmax');
  }
  const logits = logitsOf(softmax.x);
  const length = v.shape.at(-2) as number;
  if (!logits || v.constant || logits.q.shape.at(-2) !== length || logits.keys.shape.at(-1) !== length) return null;
  const kind = maskKind(logits.masks, length);
  if (kind === null) return null;
  const rank = logits.keys.shape.length;
  const k = transpose(logits.keys, [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2]);
  const [qScale, kScale] = [peelScale(logits.q), peelScale(k)];
  const scale = logits.scale * (scalarOf(qScale?.factor) ?? 1) * (scalarOf(kScale?.factor) ?? 1);
  const parts = [qScale?.base ?? logits.q, kScale?.base ?? k, v].map(asHeads);
  const [q4, k4, v4] = parts;
  if (!q4 || !k4 || !v4 || !sameShape(q4.shape, v4.shape) || !sameShape(k4.shape, v4.shape)) return null;
  return reshape(fusedAttention(q4, k4, v4, { scale, causal: kind === 'causal' }, derived), v.shape);
}

/**
 * `softmax(scale q k^T + masks) v` of heads [B, H, T, D]; written out where the masks are neither none nor causal, or q
 * and k differ in length.
 */
export function attend(
  q: Value,
  k: Value,
  v: Value,
  scale: number,
  masks: readonly HostTensor[],
  derived: DerivedConstants,
): Value {
  const kind =
    sameShape(q.shape, v.shape) && sameShape(k.shape, v.shape) ? maskKind(masks, v.shape.at(-2) as number) : null;
  if (kind !== null) return fusedAttention(q, k, v, { scale, causal: kind === 'causal' }, derived);
  const logits = binary('mul', matmul(q, transpose(k, [0, 1, 3, 2]), derived), scalarConstant(scale), derived);
  const masked = masks.reduce((sum, mask) => binary('add', sum, Value.constant(mask), derived), logits);
  return matmul(Value.of({ kind: 'softmax' }, [masked], masked.shape), v, derived);
}

function fusedAttention(
  q: Value,
  k: Value,
  v: Value,
  options: { scale: number; causal: boolean },
  derived: DerivedConstants,
): Value {
  return jointAttention(q, k, v, options, derived) ?? Value.of({ kind: 'attention', ...options }, [q, k, v], v.shape);
}

/** [B, H, T, D] of an operand that may have its batch and head axes merged. */
function asHeads(x: Value): Value {
  if (x.shape.length === 4) return x;
  const inner = madeBy(x, 'reshape');
  if (inner && inner.x.shape.length === 4 && sameShape(inner.x.shape.slice(-2), x.shape.slice(-2))) return inner.x;
  return reshape(x, [1, sizeOf(x.shape.slice(0, -2)), ...x.shape.slice(-2)]);
}

/** The linear layer that made [B, H, T, D] heads by reshape [B, T, H, D] and transpose. */
function projectionOf(heads: Value): { x: Value; w: HostTensor; bias: HostTensor | null } | null {
  const transposed = madeBy(heads, 'transpose');
  if (!transposed || !sameShape(transposed.op.perm, [0, 2, 1, 3])) return null;
  const [b, h, t, d] = heads.shape as [number, number, number, number];
  const flat = reshape(transposed.x, [b, t, h * d]);
  const layer = madeBy(flat, 'linear') ?? madeBy(madeBy(flat, 'reshape')?.x, 'linear');
  const w = layer?.inputs[1]?.constant;
  if (!layer || !w || layer.op.activation !== 'linear' || layer.op.quantized) return null;
  return { x: layer.x, w, bias: layer.inputs[2]?.constant ?? null };
}

function jointAttention(
  q: Value,
  k: Value,
  v: Value,
  options: { scale: number; causal: boolean },
  derived: DerivedConstants,
): Value | null {
  const packed = packedProjection([q, k, v]);
  if (packed) return jointly(packed, v, options);
  const [fromQ, fromK, fromV] = [projectionOf(q), projectionOf(k), projectionOf(v)];
  if (!fromQ || !fromK || !fromV || fromQ.x !== fromK.x || fromQ.x !== fromV.x) return null;
  const sources = [fromQ, fromK, fromV];
  const [, h, , d] = v.shape as [number, number, number, number];
  const weights = sources.map((source) => source.w);
  const w = derived.derive('joined', weights, () => concatHost(weights, 1));
  const biases = sources.map((source) => source.bias);
  const known = biases.filter((bias) => bias !== null);
  const bias =
    known.length === 0
      ? undefined
      : derived.derive(`joined ${biases.map((entry) => (entry ? 1 : 0)).join('')}`, known, () =>
          concatHost(
            biases.map((entry) => entry ?? hostFloats([h * d], new Float32Array(h * d))),
            0,
          ),
        );
  return jointly(linear(fromQ.x, w, bias), v, options);
}

/** Attention of `qkv`, which holds [B, T, 3 * H * D], in the shape of heads as `v` has it. */
function jointly(qkv: Value, v: Value, options: { scale: number; causal: boolean }): Value {
  const [b, h, t, d] = v.shape as [number, number, number, number];
  const mixed = Value.of(
    { kind: 'jointAttention', heads: h, ...options },
    [reshape(qkv, [b, t, 3 * h * d])],
    [b, t, h * d],
  );
  return transpose(reshape(mixed, [b, t, h, d]), [0, 2, 1, 3]);
}

/**
 * One layer's result where q, k and v are its thirds: cut along the width and made to heads, or [B, T, 3, H, D]
 * transposed and cut along the 3.
 */
function packedProjection(parts: readonly Value[]): Value | null {
  const sources = parts.map((heads, i) => {
    const [b, h, t, d] = heads.shape as [number, number, number, number];
    const cut = madeBy(heads, 'slice') ?? madeBy(madeBy(heads, 'reshape')?.x, 'slice');
    const turned = cut && madeBy(cut.x, 'transpose');
    if (
      turned &&
      cut.op.axis === 0 &&
      cut.op.start === i &&
      sameShape(cut.x.shape, [3, b, h, t, d]) &&
      sameShape(turned.op.perm, [2, 0, 3, 1, 4])
    )
      return turned.x;
    const transposed = madeBy(heads, 'transpose');
    const third =
      transposed && sameShape(transposed.op.perm, [0, 2, 1, 3])
        ? madeBy(reshape(transposed.x, [b, t, h * d]), 'slice')
        : null;
    return third && third.op.axis === 2 && third.op.start === i * h * d && sameShape(third.x.shape, [b, t, 3 * h * d])
      ? third.x
      : null;
  });
  const [first] = sources;
  return first && sources.every((source) => source === first) ? first : null;
}
