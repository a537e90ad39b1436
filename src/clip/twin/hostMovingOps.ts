/**
 * Host operators that only move numbers: slicing, joining, gathering, reshaping, filling. Shares the contract of
 * hostOps.ts.
 */
import type { HostTensor } from '../../formats/onnx';
import { allocate, broadcastIndex, given, type HostOp } from './hostTensor';
import { attributeNumber, attributeNumbers, numbersOf, type NodeLike } from './node';
import { broadcastShapes, normalizeAxis, resolveReshape, resolveSlice, sizeOf, stridesOf, type Shape } from './shape';

/** Copies `x` to `dims`, element `flat` coming from position `from(flat)`. */
function collect(x: HostTensor, dims: Shape, from: (flat: number) => number): HostTensor {
  const data = allocate(x.kind, sizeOf(dims));
  for (let i = 0; i < data.length; i++) data[i] = x.data[from(i)] as number;
  return { kind: x.kind, dims, data };
}

/** Element positions of a view with `strides` and `offset` into an array, in row-major order of `dims`. */
function strided(dims: Shape, strides: readonly number[], offset = 0): (flat: number) => number {
  const outer = stridesOf(dims);
  return (flat) => {
    let position = offset;
    let rest = flat;
    for (let i = 0; i < dims.length; i++) {
      const index = Math.floor(rest / (outer[i] as number));
      rest -= index * (outer[i] as number);
      position += index * (strides[i] as number);
    }
    return position;
  };
}

export function transposeHost(x: HostTensor, perm: readonly number[]): HostTensor {
  const own = stridesOf(x.dims);
  const dims = perm.map((axis) => x.dims[axis] as number);
  return collect(
    x,
    dims,
    strided(
      dims,
      perm.map((axis) => own[axis] as number),
    ),
  );
}

const reshapeTo = (x: HostTensor, dims: Shape): HostTensor[] => [{ kind: x.kind, dims, data: x.data }];

export function concatHost(parts: readonly HostTensor[], axis: number): HostTensor {
  const first = given(parts[0]);
  const at = normalizeAxis(axis, first.dims.length);
  const total = parts.reduce((sum, part) => sum + (part.dims[at] as number), 0);
  const dims = first.dims.with(at, total);
  const data = allocate(first.kind, sizeOf(dims));
  const outer = sizeOf(dims.slice(0, at));
  let offset = 0;
  for (const part of parts) {
    const run = sizeOf(part.dims.slice(at));
    const row = data.length / Math.max(1, outer);
    for (let o = 0; o < outer; o++) data.set(part.data.subarray(o * run, (o + 1) * run), o * row + offset);
    offset += run;
  }
  return { kind: first.kind, dims, data };
}

const gather: HostOp = (inputs, node) => {
  const [x, indices] = [given(inputs[0]), given(inputs[1])];
  const axis = normalizeAxis(attributeNumber(node, 'axis', 0), x.dims.length);
  const count = x.dims[axis] as number;
  const inner = sizeOf(x.dims.slice(axis + 1));
  const dims = [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)];
  const picked = indices.data.length;
  return [
    collect(x, dims, (flat) => {
      const row = Math.floor(flat / inner);
      const index = indices.data[row % picked] as number;
      return (Math.floor(row / picked) * count + (index < 0 ? index + count : index)) * inner + (flat % inner);
    }),
  ];
};

/** Starts, ends, axes and steps of Slice, from inputs or (before opset 10) attributes. */
export function sliceRanges(
  shape: Shape,
  node: NodeLike,
  inputs: readonly (HostTensor | undefined)[],
): { axis: number; start: number; step: number; count: number }[] {
  const starts = numbersOf(node, inputs[1], 'starts') ?? [];
  const ends = numbersOf(node, inputs[2], 'ends') ?? [];
  const axes = numbersOf(node, inputs[3], 'axes') ?? starts.map((_, i) => i);
  const steps = inputs[4] ? Array.from(inputs[4].data) : starts.map(() => 1);
  return axes.map((raw, i) => {
    const axis = normalizeAxis(raw, shape.length);
    return { axis, ...resolveSlice(shape[axis] as number, starts[i] as number, ends[i] as number, steps[i] ?? 1) };
  });
}

const slice: HostOp = (inputs, node) => {
  const x = given(inputs[0]);
  const strides = stridesOf(x.dims);
  const dims = [...x.dims];
  let offset = 0;
  for (const { axis, start, step, count } of sliceRanges(x.dims, node, inputs)) {
    offset += start * (strides[axis] as number);
    strides[axis] = (strides[axis] as number) * step;
    dims[axis] = count;
  }
  return [collect(x, dims, strided(dims, strides, offset))];
};

/** Sizes of Split's outputs: given, or equal shares. */
export function splitSizes(dim: number, node: NodeLike, sizes: HostTensor | undefined, outputs: number): number[] {
  const fixed = numbersOf(node, sizes, 'split');
  if (fixed) return [...fixed];
  const share = Math.ceil(dim / outputs);
  return Array.from({ length: outputs }, (_, i) => Math.max(0, Math.min(share, dim - i * share)));
}

const expand: HostOp = (inputs) => {
  const x = given(inputs[0]);
  const dims = broadcastShapes(x.dims, Array.from(given(inputs[1]).data));
  return [collect(x, dims, broadcastIndex(x, dims))];
};

const where: HostOp = (inputs) => {
  const [condition, a, b] = [given(inputs[0]), given(inputs[1]), given(inputs[2])];
  const dims = broadcastShapes(condition.dims, broadcastShapes(a.dims, b.dims));
  const data = allocate(a.kind, sizeOf(dims));
  const [ct, at, bt] = [broadcastIndex(condition, dims), broadcastIndex(a, dims), broadcastIndex(b, dims)];
  for (let i = 0; i < data.length; i++) data[i] = (condition.data[ct(i)] ? a.data[at(i)] : b.data[bt(i)]) as number;
  return [{ kind: a.kind, dims, data }];
};

const range: HostOp = (inputs) => {
  const [start, limit, delta] = [0, 1, 2].map((i) => given(inputs[i]).data[0] as number) as [number, number, number];
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  const kind = given(inputs[0]).kind;
  const data = allocate(kind, count);
  for (let i = 0; i < count; i++) data[i] = start + i * delta;
  return [{ kind, dims: [count], data }];
};

const constantOfShape: HostOp = (inputs, node) => {
  const dims = Array.from(given(inputs[0]).data);
  const value = node.attributes.get('value');
  const fill = typeof value === 'object' && 'kind' in value ? value : { kind: 'float' as const, data: [0] };
  const data = allocate(fill.kind, sizeOf(dims)).fill(fill.data[0] ?? 0);
  return [{ kind: fill.kind, dims, data }];
};

const trilu: HostOp = (inputs, node) => {
  const x = given(inputs[0]);
  const shift = inputs[1]?.data[0] ?? 0;
  const upper = attributeNumber(node, 'upper', 1) === 1;
  const [rows, columns] = x.dims.slice(-2) as [number, number];
  const data = allocate(x.kind, x.data.length);
  for (let i = 0; i < data.length; i++) {
    const distance = (i % columns) - (Math.floor(i / columns) % rows);
    data[i] = (upper ? distance >= shift : distance <= shift) ? (x.data[i] as number) : 0;
  }
  return [{ kind: x.kind, dims: x.dims, data }];
};

/** Result shape of Unsqueeze: `axes` are positions in the result. */
export function unsqueezedShape(shape: Shape, axes: readonly number[]): number[] {
  const rank = shape.length + axes.length;
  const ones = new Set(axes.map((axis) => normalizeAxis(axis, rank)));
  const rest = [...shape];
  return Array.from({ length: rank }, (_, i) => (ones.has(i) ? 1 : (rest.shift() as number)));
}

/** Result shape of Squeeze: without `axes`, every axis of length 1 goes. */
export function squeezedShape(shape: Shape, axes: readonly number[] | undefined): number[] {
  const gone = axes?.map((axis) => normalizeAxis(axis, shape.length));
  return shape.filter((dim, i) => (gone ? !gone.includes(i) : dim !== 1));
}

export function flattenedShape(shape: Shape, axis: number): number[] {
  const at = axis < 0 ? axis + shape.length : axis;
  return [sizeOf(shape.slice(0, at)), sizeOf(shape.slice(at))];
}

/** Writes `updates` into a copy of the data, at the leading indices that `indices` [..., k] names. */
const scatterNd: HostOp = (inputs) => {
  const [x, indices, updates] = [given(inputs[0]), given(inputs[1]), given(inputs[2])];
  const depth = indices.dims.at(-1) ?? 1;
  const strides = stridesOf(x.dims);
  const inner = sizeOf(x.dims.slice(depth));
  const data = x.data.slice();
  for (let row = 0; row < indices.data.length / depth; row++) {
    let position = 0;
    for (let k = 0; k < depth; k++) {
      const index = indices.data[row * depth + k] as number;
      position += (index < 0 ? index + (x.dims[k] as number) : index) * (strides[k] as number);
    }
    data.set(updates.data.subarray(row * inner, (row + 1) * inner), position);
  }
  return [{ kind: x.kind, dims: x.dims, data }];
};

const cumSum: HostOp = (inputs, node) => {
  const x = given(inputs[0]);
  const axis = normalizeAxis(given(inputs[1]).data[0] as number, x.dims.length);
  const inner = sizeOf(x.dims.slice(axis + 1));
  const count = x.dims[axis] as number;
  const exclusive = attributeNumber(node, 'exclusive', 0) === 1;
  if (attributeNumber(node, 'reverse', 0) === 1) throw new RangeError('Reversed CumSum.');
  const data = allocate(x.kind, x.data.length);
  for (let i = 0; i < data.length; i++) {
    const first = Math.floor(i / inner) % count === 0;
    const before = first ? 0 : (data[i - inner] as number);
    data[i] = exclusive ? (first ? 0 : before + (x.data[i - inner] as number)) : before + (x.data[i] as number);
  }
  return [{ kind: x.kind, dims: x.dims, data }];
};

const repeatHost = (x: HostTensor, axis: number, times: number): HostTensor =>
  concatHost(
    Array.from({ length: times }, () => x),
    axis,
  );

export const movingOps: Readonly<Record<string, HostOp>> = {
  Identity: (inputs) => [given(inputs[0])],
  Shape: (inputs, node) => {
    const { dims } = given(inputs[0]);
    const part = dims.slice(attributeNumber(node, 'start', 0), attributeNumber(node, 'end', dims.length));
    return [{ kind: 'int', dims: [part.length], data: Float64Array.from(part) }];
  },
  Size: (inputs) => [{ kind: 'int', dims: [], data: Float64Array.of(sizeOf(given(inputs[0]).dims)) }],
  Gather: gather,
  Slice: slice,
  Split: (inputs, node) => {
    const x = given(inputs[0]);
    const axis = normalizeAxis(attributeNumber(node, 'axis', 0), x.dims.length);
    const strides = stridesOf(x.dims);
    let start = 0;
    return splitSizes(x.dims[axis] as number, node, inputs[1], node.outputs.length).map((size) => {
      const dims = x.dims.with(axis, size);
      const part = collect(x, dims, strided(dims, strides, start * (strides[axis] as number)));
      start += size;
      return part;
    });
  },
  Concat: (inputs, node) => [concatHost(inputs.map(given), attributeNumber(node, 'axis', 0))],
  Reshape: (inputs, node) => {
    const x = given(inputs[0]);
    return reshapeTo(
      x,
      resolveReshape(x.dims, Array.from(given(inputs[1]).data), attributeNumber(node, 'allowzero', 0) === 1),
    );
  },
  Flatten: (inputs, node) =>
    reshapeTo(given(inputs[0]), flattenedShape(given(inputs[0]).dims, attributeNumber(node, 'axis', 1))),
  Squeeze: (inputs, node) =>
    reshapeTo(given(inputs[0]), squeezedShape(given(inputs[0]).dims, numbersOf(node, inputs[1], 'axes'))),
  Unsqueeze: (inputs, node) =>
    reshapeTo(given(inputs[0]), unsqueezedShape(given(inputs[0]).dims, numbersOf(node, inputs[1], 'axes') ?? [])),
  Transpose: (inputs, node) => {
    const x = given(inputs[0]);
    return [transposeHost(x, attributeNumbers(node, 'perm') ?? x.dims.map((_, i) => x.dims.length - 1 - i))];
  },
  Expand: expand,
  Where: where,
  Range: range,
  ConstantOfShape: constantOfShape,
  Trilu: trilu,
  ScatterND: scatterNd,
  CumSum: cumSum,
  Tile: (inputs) => {
    const [x, repeats] = [given(inputs[0]), given(inputs[1])];
    let tiled = x;
    for (const [axis, times] of Array.from(repeats.data).entries())
      if (times !== 1) tiled = repeatHost(tiled, axis, times);
    return [tiled];
  },
};
