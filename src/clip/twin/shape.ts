/** Arithmetic of tensor shapes, as ONNX defines it (broadcasting, axes that count from the end, reshape's 0 and -1). */

export type Shape = readonly number[];

export const sizeOf = (shape: Shape): number => shape.reduce((product, dim) => product * dim, 1);

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((dim, i) => dim === b[i]);

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = shape.map(() => 1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = (strides[i + 1] as number) * (shape[i + 1] as number);
  return strides;
}

/** ONNX's multidirectional broadcasting; throws RangeError where the shapes do not fit. */
export function broadcastShapes(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new RangeError(`Shapes [${a}] and [${b}] do not broadcast.`);
    return x === 1 ? y : x;
  });
}

/** An axis in [0, rank); throws RangeError where it is none. */
export function normalizeAxis(axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(normal) || normal < 0 || normal >= Math.max(rank, 1))
    throw new RangeError(`Axis ${axis} is not an axis of rank ${rank}.`);
  return normal;
}

/** Resolves the target of Reshape: 0 copies a dimension (unless `allowZero`), -1 takes what is left. */
export function resolveReshape(from: Shape, target: readonly number[], allowZero = false): number[] {
  const shape = target.map((dim, i) => (dim === 0 && !allowZero ? (from[i] ?? 0) : dim));
  const open = shape.indexOf(-1);
  if (open >= 0) {
    const known = shape.reduce((product, dim, i) => (i === open ? product : product * dim), 1);
    shape[open] = known === 0 ? 0 : sizeOf(from) / known;
  }
  if (sizeOf(shape) !== sizeOf(from)) throw new RangeError(`[${from}] cannot be reshaped to [${target}].`);
  return shape;
}

export interface SliceRange {
  start: number;
  step: number;
  count: number;
}

const clamp = (position: number, low: number, high: number): number => Math.min(Math.max(position, low), high);

/** One axis of ONNX's Slice: negative positions count from the end, both ends are clamped. */
export function resolveSlice(dim: number, start: number, end: number, step: number): SliceRange {
  const lift = (position: number): number => (position < 0 ? position + dim : position);
  const from = step > 0 ? clamp(lift(start), 0, dim) : clamp(lift(start), 0, dim - 1);
  const to = step > 0 ? clamp(lift(end), 0, dim) : clamp(end < 0 && end >= -dim ? end + dim : end, -1, dim - 1);
  return { start: from, step, count: Math.max(0, Math.ceil((to - from) / step)) };
}
