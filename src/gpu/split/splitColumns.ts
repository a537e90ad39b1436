/**
 * Cuts a matrix into matrices side by side, and the inverse. As many outputs a dispatch as the device
 * binds, where the stock operation takes one dispatch each. Each is the other's adjoint, so both are differentiable to
 * any order.
 */
import { currentBackend } from '../current';
import { linearGrid } from '../kernel/dispatch';
import { defineMultiOp, defineOp } from '../kernel/op';
import { runProgram, type ProgramSpec } from '../kernel/program';
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

/** Where the parts end, beginning with the first of them: 3, 2 -> 3, 5. */
function endsOf(widths: readonly number[]): number[] {
  let end = 0;
  return widths.map((width) => (end += width));
}

interface Part {
  name: string;
  width: number;
}

/**
 * What both kernels have in common, for some neighbouring parts: a thread an element. `move(part, narrow, wide)` is the
 * assignment.
 * @param first column of the wide matrix where they begin
 */
function group(
  rows: number,
  columns: number,
  first: number,
  parts: readonly Part[],
  move: (part: string, narrow: string) => string,
): Pick<ProgramSpec, 'variant' | 'ints' | 'body' | 'workgroups'> {
  const ends = endsOf(parts.map(({ width }) => width));
  const span = ends.at(-1) ?? 0;
  const grid = linearGrid(rows * span);
  const cases = parts.map(({ name }, i) => {
    const narrow = i === 0 ? 'row * dims.end0 + c' : `row * (dims.end${i} - dims.end${i - 1}) + c - dims.end${i - 1}`;
    return `if (c < dims.end${i}) { ${move(name, narrow)} }`;
  });
  return {
    variant: `${parts.length}`,
    ints: { rows, columns, first, span, ...Object.fromEntries(ends.map((end, i) => [`end${i}`, end])) },
    body: () => /* wgsl */ `
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  if (i32(index) >= dims.rows * dims.span) { return; }
  let row = i32(index) / dims.span;
  let c = i32(index) % dims.span;
  let wide = row * dims.columns + dims.first + c;
  ${cases.join(' else ')}
}`,
    workgroups: grid.workgroups,
  };
}

function split(x: TensorInfo, widths: readonly number[]): TensorInfo[] {
  const [rows = 1, columns = 1] = x.shape;
  const ends = endsOf(widths);
  return groupsOf(widths.length).flatMap(({ first, size }) => {
    const parts = widths.slice(first, first + size).map((width, i) => ({ name: partName(i), width }));
    return runProgram({
      label: 'splitColumns',
      ...group(rows, columns, ends[first - 1] ?? 0, parts, (part, narrow) => `${part}[${narrow}] = x[wide];`),
      outputs: Object.fromEntries(parts.map(({ name, width }) => [name, { shape: [rows, width] }])),
      inputs: { x: { tensor: x } },
    });
  });
}

function join(given: readonly TensorInfo[]): TensorInfo[] {
  const rows = given[0]?.shape[0] ?? 1;
  const ends = endsOf(given.map(({ shape }) => shape[1] ?? 1));
  const columns = ends.at(-1) ?? 1;
  let whole: TensorInfo | undefined;
  for (const { first, size } of groupsOf(given.length)) {
    const taken = given.slice(first, first + size);
    const parts = taken.map(({ shape }, i) => ({ name: partName(i), width: shape[1] ?? 1 }));
    const [made] = runProgram({
      label: 'joinColumns',
      ...group(rows, columns, ends[first - 1] ?? 0, parts, (part, narrow) => `y[wide] = ${part}[${narrow}];`),
      ...(whole ? { inPlace: { y: { tensor: whole } } } : { outputs: { y: { shape: [rows, columns] } } }),
      inputs: Object.fromEntries(taken.map((tensor, i) => [partName(i), { tensor }])),
    });
    whole ??= made;
  }
  return whole ? [whole] : [];
}

const splitOp = defineMultiOp<'x', { widths: readonly number[] }>({
  name: 'StudioSplitColumns',
  forward: ({ x }, { widths }) => split(x, widths),
  backward: (dy) => ({ x: () => joinColumns(dy as Tensor2D[]) }),
});

const joinOp = defineOp<string, { widths: readonly number[] }>({
  name: 'StudioJoinColumns',
  forward: (inputs, { widths }) => join(widths.map((_, i) => inputs[partName(i)] as TensorInfo)),
  backward: (dy, _saved, { widths }) => {
    // Not inside the thunks: the tape frees whatever else a thunk makes.
    const parts = splitColumns(dy as Tensor2D, widths);
    return Object.fromEntries(parts.map((part, i) => [partName(i), () => part as Tensor]));
  },
});

/**
 * @param x [B, W]
 * @param widths of the parts, or how many equal ones
 * @returns matrices [B, width], from left to right
 * @throws RangeError if the widths do not fit or the columns do not divide
 */
export function splitColumns(x: Tensor2D, widths: number | readonly number[]): Tensor2D[] {
  const columns = x.shape[1];
  const given =
    typeof widths === 'number' ? Array.from({ length: widths }, () => columns / widths) : widths.map(Number);
  if (given.length === 0 || !given.every((width) => Number.isInteger(width) && width > 0))
    throw new RangeError(`splitColumns: ${columns} columns into ${String(widths)}`);
  if (given.reduce((a, b) => a + b) !== columns)
    throw new RangeError(`splitColumns: ${columns} columns into ${given.join(' + ')}`);
  if (given.length === 1) return [x];
  return splitOp({ x }, { widths: given }) as Tensor2D[];
}

/** @param parts one or more matrices [B, width]; the result is [B, sum of the widths] */
export function joinColumns(parts: readonly Tensor2D[]): Tensor2D {
  const [only] = parts;
  if (parts.length === 1 && only) return only;
  return joinOp(Object.fromEntries(parts.map((part, i) => [partName(i), part])), {
    widths: parts.map(({ shape }) => shape[1]),
  }) as Tensor2D;
}
