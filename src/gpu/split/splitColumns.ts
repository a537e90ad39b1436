/**
 * Cuts a matrix into matrices of equal width, side by side, and the inverse. As many outputs a dispatch as the device
 * binds, where the stock operation takes one dispatch each. Each is the other's adjoint, so both are differentiable to
 * any order.
 */
import { currentBackend } from '../current';
import { linearGrid } from '../kernel/dispatch';
import { defineMultiOp, defineOp } from '../kernel/op';
import { runProgram } from '../kernel/program';
import type { Tensor, Tensor2D, TensorInfo } from '../tensor';

/** Matrices that one dispatch can bind beside the wide one. */
function groupSize(): number {
  return currentBackend().device.limits.maxStorageBuffersPerShaderStage - 1;
}

function groupsOf(count: number): { first: number; size: number }[] {
  const most = groupSize();
  return Array.from({ length: Math.ceil(count / most) }, (_, i) => ({
    first: i * most,
    size: Math.min(most, count - i * most),
  }));
}

function partName(index: number): string {
  return `part${index}`;
}

/** The body of both: a thread an element of the group's parts. `move(part, narrow, wide)` is the assignment. */
function body(size: number, elements: number, move: (part: string) => string): string {
  const grid = linearGrid(elements);
  const cases = Array.from({ length: size }, (_, i) => `case ${i}: { ${move(partName(i))} }`).join('\n    ');
  return /* wgsl */ `
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  let i = i32(index);
  let area = dims.rows * dims.width;
  if (i >= ${size} * area) { return; }
  let narrow = i % area;
  let wide = (narrow / dims.width) * dims.columns + (dims.first + i / area) * dims.width + narrow % dims.width;
  switch i / area {
    ${cases}
    default: {}
  }
}`;
}

function split(x: TensorInfo, count: number): TensorInfo[] {
  const [rows = 1, columns = 1] = x.shape;
  const width = columns / count;
  return groupsOf(count).flatMap(({ first, size }) =>
    runProgram({
      label: 'splitColumns',
      variant: `${size}`,
      ints: { rows, columns, width, first },
      outputs: Object.fromEntries(Array.from({ length: size }, (_, i) => [partName(i), { shape: [rows, width] }])),
      inputs: { x: { tensor: x } },
      body: () => body(size, size * rows * width, (part) => `${part}[narrow] = x[wide];`),
      workgroups: linearGrid(size * rows * width).workgroups,
    }),
  );
}

function join(parts: readonly TensorInfo[]): TensorInfo[] {
  const [rows = 1, width = 1] = parts[0]?.shape ?? [];
  const columns = width * parts.length;
  let whole: TensorInfo | undefined;
  for (const { first, size } of groupsOf(parts.length)) {
    const [made] = runProgram({
      label: 'joinColumns',
      variant: `${size}`,
      ints: { rows, columns, width, first },
      ...(whole ? { inPlace: { y: { tensor: whole } } } : { outputs: { y: { shape: [rows, columns] } } }),
      inputs: Object.fromEntries(parts.slice(first, first + size).map((tensor, i) => [partName(i), { tensor }])),
      body: () => body(size, size * rows * width, (part) => `y[wide] = ${part}[narrow];`),
      workgroups: linearGrid(size * rows * width).workgroups,
    });
    whole ??= made;
  }
  return whole ? [whole] : [];
}

const splitOp = defineMultiOp<'x', { count: number }>({
  name: 'StudioSplitColumns',
  forward: ({ x }, { count }) => split(x, count),
  backward: (dy) => ({ x: () => joinColumns(dy as Tensor2D[]) }),
});

const joinOp = defineOp<string, { count: number }>({
  name: 'StudioJoinColumns',
  forward: (inputs, { count }) => join(Array.from({ length: count }, (_, i) => inputs[partName(i)] as TensorInfo)),
  backward: (dy, _saved, { count }) => {
    // Not inside the thunks: the tape frees whatever else a thunk makes.
    const parts = splitColumns(dy as Tensor2D, count);
    return Object.fromEntries(parts.map((part, i) => [partName(i), () => part as Tensor]));
  },
});

/**
 * @param x [B, count * W]
 * @returns `count` matrices [B, W], from left to right
 * @throws RangeError if the columns do not divide
 */
export function splitColumns(x: Tensor2D, count: number): Tensor2D[] {
  if (count < 1 || x.shape[1] % count !== 0) throw new RangeError(`splitColumns: ${x.shape[1]} columns into ${count}`);
  if (count === 1) return [x];
  return splitOp({ x }, { count }) as Tensor2D[];
}

/** @param parts one or more matrices [B, W]; the result is [B, parts * W] */
export function joinColumns(parts: readonly Tensor2D[]): Tensor2D {
  const [only] = parts;
  if (parts.length === 1 && only) return only;
  return joinOp(Object.fromEntries(parts.map((part, i) => [partName(i), part])), { count: parts.length }) as Tensor2D;
}
