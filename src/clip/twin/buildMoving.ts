/**
 * Builders for operators that only move numbers. Chains shrink as they are built: reshapes merge, transposes compose,
 * what changes nothing disappears, and a scalar factor wanders outward so that attention finds it.
 */
import type { HostTensor } from '../../formats/onnx';
import { transposeHost } from './hostMovingOps';
import { hostFloats, madeBy, madeByBinary, scalarOf, Value, type ReduceFunction } from './graph';
import { sameShape, sizeOf, type Shape } from './shape';

/** If `x` is `y * scalar`, both parts. */
export function peelScale(x: Value): { base: Value; factor: Value } | null {
  const product = madeByBinary(x, 'mul');
  if (product && scalarOf(product.b) !== null) return { base: product.a, factor: product.b };
  if (product && scalarOf(product.a) !== null) return { base: product.b, factor: product.a };
  return null;
}

function outsideScale(x: Value, move: (base: Value) => Value): Value | null {
  const peeled = peelScale(x);
  if (!peeled) return null;
  const moved = move(peeled.base);
  return Value.of({ kind: 'binary', fn: 'mul' }, [moved, peeled.factor], moved.shape);
}

export function reshape(x: Value, shape: Shape): Value {
  if (sizeOf(shape) !== sizeOf(x.shape)) throw new RangeError(`[${x.shape}] cannot be reshaped to [${shape}].`);
  if (sameShape(shape, x.shape)) return x;
  if (x.constant) return Value.constant({ ...x.constant, dims: shape });
  const inner = madeBy(x, 'reshape');
  if (inner) return reshape(inner.x, shape);
  const planes = planesOfTokens(x, shape);
  if (planes) return planes;
  return outsideScale(x, (base) => reshape(base, shape)) ?? Value.of({ kind: 'reshape' }, [x], shape);
}

export function transpose(x: Value, perm: readonly number[]): Value {
  if (perm.every((axis, i) => axis === i)) return x;
  if (x.constant) return Value.constant(transposeHost(x.constant, perm));
  const inner = madeBy(x, 'transpose');
  if (inner)
    return transpose(
      inner.x,
      perm.map((axis) => inner.op.perm[axis] as number),
    );
  const tokens = channelsBehindTokens(x, perm);
  if (tokens) return tokens;
  const shape = perm.map((axis) => x.shape[axis] as number);
  // Moving axes of length 1 only is a reshape: the order of the numbers stays.
  const long = perm.filter((axis) => x.shape[axis] !== 1);
  if (long.every((axis, i) => i === 0 || axis > (long[i - 1] as number))) return reshape(x, shape);
  return outsideScale(x, (base) => transpose(base, perm)) ?? Value.of({ kind: 'transpose', perm }, [x], shape);
}

/**
 * Patch embeddings come as [n, D, gh, gw] and are wanted as [n, T, D]: with the channels-last convolution underneath,
 * transposing there, merging gh and gw, and transposing back is no work at all.
 */
function channelsBehindTokens(x: Value, perm: readonly number[]): Value | null {
  const merged = madeBy(x, 'reshape');
  const planes = merged && madeBy(merged.x, 'transpose');
  if (!planes || !sameShape(perm, [0, 2, 1]) || !sameShape(planes.op.perm, [0, 3, 1, 2])) return null;
  const [n, gh, gw, d] = planes.x.shape as [number, number, number, number];
  return sameShape(x.shape, [n, d, gh * gw]) ? reshape(planes.x, [n, gh * gw, d]) : null;
}

/**
 * The way back: tokens [n, T, D] seen as [n, D, T] and laid out as planes [n, D, h, w] are pictures [n, h, w, D] with
 * their channels moved first.
 */
function planesOfTokens(x: Value, shape: Shape): Value | null {
  const turned = madeBy(x, 'transpose');
  if (!turned || !sameShape(turned.op.perm, [0, 2, 1]) || shape.length !== 4) return null;
  const [n, d, h, w] = shape as [number, number, number, number];
  return n === x.shape[0] && d === x.shape[1]
    ? Value.of({ kind: 'transpose', perm: channelsFirst }, [reshape(turned.x, [n, h, w, d])], shape)
    : null;
}

export const channelsFirst: readonly number[] = [0, 3, 1, 2];

/** Pictures with channels last, where `x` is their view with channels first. */
export function behindPlanes(x: Value): Value | null {
  const view = madeBy(x, 'transpose');
  return view && sameShape(view.op.perm, channelsFirst) ? view.x : null;
}

/**
 * Pictures with channels last, seen with channels first. Stays a view even where one channel makes it a reshape, so
 * that more can be done behind it.
 */
export function planesOf(pictures: Value): Value {
  if (pictures.shape[1] === 1 && pictures.shape[2] === 1) return transpose(pictures, channelsFirst);
  return Value.of(
    { kind: 'transpose', perm: channelsFirst },
    [pictures],
    channelsFirst.map((axis) => pictures.shape[axis] as number),
  );
}

/** Reduces `axes`, which stay with length 1. Of planes that are a view, what lies behind is reduced. */
export function reduce(fn: ReduceFunction, x: Value, axes: readonly number[]): Value {
  const pictures = behindPlanes(x);
  if (pictures)
    return planesOf(
      reduce(
        fn,
        pictures,
        axes.map((axis) => channelsFirst[axis] as number),
      ),
    );
  return Value.of(
    { kind: 'reduce', fn, axes },
    [x],
    x.shape.map((dim, i) => (axes.includes(i) ? 1 : dim)),
  );
}

/**
 * Every `step`-th position along `axis`: the axis is cut into groups of `step` where that is possible, else positions
 * are picked.
 */
export function stride(x: Value, axis: number, start: number, step: number, count: number): Value {
  const dim = x.shape[axis] as number;
  const grouped = [...x.shape.slice(0, axis), dim / step, step, ...x.shape.slice(axis + 1)];
  if (step > 0 && dim % step === 0 && count * step === dim)
    return reshape(slice(reshape(x, grouped), axis + 1, start, 1), x.shape.with(axis, count));
  const picks = Array.from({ length: count }, (_, i) => start + i * step);
  return gather(x, { kind: 'int', dims: [count], data: Float64Array.from(picks) }, axis);
}

export function slice(x: Value, axis: number, start: number, count: number): Value {
  if (start === 0 && count === x.shape[axis]) return x;
  return Value.of({ kind: 'slice', axis, start, count }, [x], x.shape.with(axis, count));
}

/** Numbers of `fill` before and after each axis. */
export function padded(x: Value, pads: readonly (readonly [number, number])[], fill: number): Value {
  if (pads.every(([before, after]) => before === 0 && after === 0)) return x;
  if (pads.some(([before, after]) => before < 0 || after < 0)) throw new RangeError('It cuts instead of padding.');
  return Value.of(
    { kind: 'pad', pads, fill },
    [x],
    x.shape.map((dim, i) => dim + (pads[i]?.[0] ?? 0) + (pads[i]?.[1] ?? 0)),
  );
}

export function concat(parts: readonly Value[], axis: number): Value {
  const first = parts[0];
  if (!first) throw new RangeError('Nothing to join.');
  if (parts.length === 1) return first;
  const total = parts.reduce((sum, part) => sum + (part.shape[axis] as number), 0);
  return Value.of({ kind: 'concat', axis }, parts, first.shape.with(axis, total));
}

export function expand(x: Value, shape: Shape): Value {
  return sameShape(x.shape, shape) ? x : Value.of({ kind: 'expand' }, [x], shape);
}

/**
 * Gather with indices known ahead: a run of neighbours is a slice, rows of a matrix are picked, an index alone drops
 * its axis.
 */
export function gather(x: Value, indices: HostTensor, axis: number): Value {
  const dim = x.shape[axis] as number;
  const picks = Array.from(indices.data, (index) => (index < 0 ? index + dim : index));
  const shape = [...x.shape.slice(0, axis), ...indices.dims, ...x.shape.slice(axis + 1)];
  const start = picks[0];
  if (start !== undefined && picks.every((pick, i) => pick === start + i))
    return reshape(slice(x, axis, start, picks.length), shape);
  if (axis !== 0) {
    // The axis comes first, its positions are picked, and they go back.
    const rank = x.shape.length;
    const first = gather(
      transpose(x, [axis, ...Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis)]),
      { ...indices, dims: [picks.length] },
      0,
    );
    return reshape(
      transpose(
        first,
        Array.from({ length: rank }, (_, i) => (i === axis ? 0 : i < axis ? i + 1 : i)),
      ),
      shape,
    );
  }
  return reshape(selectRows(reshape(x, [dim, sizeOf(x.shape) / dim]), picks), shape);
}

/**
 * Rows of a matrix [R, C]. Where each lies in its own block of equal length (the pooling of one token a text), a mask
 * and a sum pick them; else a product with a selection matrix does. Unlike a gather's, their gradients are the same
 * bits every time.
 */
function selectRows(x: Value, rows: readonly number[]): Value {
  const [count, width] = x.shape as [number, number];
  const block = count / rows.length;
  if (!Number.isInteger(block) || rows.some((row, i) => Math.floor(row / block) !== i)) {
    return Value.of(
      { kind: 'matmul' },
      [
        selection(
          rows.map((row, i) => i * count + row),
          [rows.length, count],
        ),
        x,
      ],
      [rows.length, width],
    );
  }
  const blocks = reshape(x, [rows.length, block, width]);
  const offset = (rows[0] as number) % block;
  if (rows.every((row) => row % block === offset)) return reshape(slice(blocks, 1, offset, 1), [rows.length, width]);
  const picked = Value.of(
    { kind: 'binary', fn: 'mul' },
    [blocks, selection(rows, [rows.length, block, 1])],
    blocks.shape,
  );
  return reshape(Value.of({ kind: 'reduce', fn: 'sum', axes: [1] }, [picked], [rows.length, 1, width]), [
    rows.length,
    width,
  ]);
}

/** Zeros of `dims` with ones at the flat `positions`. */
function selection(positions: readonly number[], dims: Shape): Value {
  const data = new Float32Array(sizeOf(dims));
  for (const position of positions) data[position] = 1;
  return Value.constant(hostFloats(dims, data));
}

/** GatherND without batch dimensions, indices known ahead. */
export function gatherNd(x: Value, indices: HostTensor): Value {
  const depth = indices.dims.at(-1) ?? 1;
  const outer = x.shape.slice(0, depth);
  const inner = x.shape.slice(depth);
  const count = indices.data.length / depth;
  const rows = Array.from({ length: count }, (_, row) =>
    outer.reduce((position, dim, k) => {
      const index = indices.data[row * depth + k] as number;
      return position * dim + (index < 0 ? index + dim : index);
    }, 0),
  );
  return reshape(selectRows(reshape(x, [sizeOf(outer), sizeOf(inner)]), rows), [
    ...indices.dims.slice(0, -1),
    ...inner,
  ]);
}
