/**
 * The same general matrix product as `tiled.ts` without workgroup memory or barriers, for Vulkan on a CPU: each thread
 * computes rows x columns results straight from memory. There a load costs as much as a dozen multiply-adds, so large
 * products take 8 x 8 results a thread; and compiling a pipeline costs more than running it on small shapes, so those
 * take 4 x 4.
 */
import type { Operands } from './tiled';

export interface ThreadTile {
  rows: 4 | 8;
  columns: 4 | 8;
  /** Threads of a workgroup side by side along n: a power of two. */
  across: number;
}

export interface DirectGemm extends Operands, ThreadTile {
  /** Declare `aBase(m)`, `aAt(base, k)`, `bBase(n)`, `bAt(base, k)` as in `matrixOperand.ts`. */
  loads: string;
  store: string;
  setup?: string;
  first?: string;
  end?: string;
}

export const directThreads = 64;

/** Threads along n that a width of `n` can use, at most 8. */
function acrossFor(n: number, columns: number): number {
  const wanted = Math.ceil(n / columns);
  return wanted > 4 ? 8 : wanted > 2 ? 4 : wanted;
}

/**
 * @param operations multiply-adds of the whole product
 * @param rows a thread, where the product is large
 * @param columns likewise
 */
export function threadTile(m: number, n: number, operations: number, rows: 4 | 8 = 8, columns: 4 | 8 = 8): ThreadTile {
  const large = operations >= 2 ** 21 && m >= 16 && n >= 16 && n % 4 === 0;
  const tile = large ? { rows, columns } : { rows: 4 as const, columns: 4 as const };
  return { ...tile, across: acrossFor(n, tile.columns) };
}

/** Rows and columns of a workgroup's tile. */
export function directExtent(
  { rows, columns, across }: ThreadTile,
  threads: number,
): { height: number; width: number } {
  return { height: (threads / across) * rows, width: columns * across };
}

export function count(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** One turn of the loop over k: four k's, or one where both operands lie along m and n. */
export function turn({ a, b, rows, columns }: DirectGemm): string {
  const groups = count(columns / 4);
  const lines = count(rows);
  const rank1 = (value: (i: number) => string): string =>
    lines.flatMap((i) => groups.map((s) => `c${i}_${s} = fma(vec4(${value(i)}), b${s}, c${i}_${s});`)).join(' ');
  const bAcross = (k: string): string => groups.map((s) => `let b${s} = bAt(pb${s}, ${k});`).join(' ');
  if (a === 'm' && b === 'n') {
    const loads = count(rows / 4).map((r) => `let a${r} = aAt(pa${r}, k);`);
    return `${loads.join(' ')} ${bAcross('k')} ${rank1((i) => `a${Math.floor(i / 4)}[${i % 4}]`)}`;
  }
  const alongK =
    a === 'k'
      ? lines.map((i) => `let a${i} = aAt(pa${i}, k);`)
      : [
          ...count(rows / 4).flatMap((r) => count(4).map((j) => `let t${r}_${j} = aAt(pa${r}, k + ${j});`)),
          ...lines.map(
            (i) =>
              `let a${i} = vec4(${count(4)
                .map((j) => `t${Math.floor(i / 4)}_${j}[${i % 4}]`)
                .join(', ')});`,
          ),
        ];
  if (b === 'k') {
    const sums = groups.map((s) => {
      const loads = count(4).map((j) => `let b${j} = bAt(pb${4 * s + j}, k);`);
      return `{ ${loads.join(' ')} ${lines.map((i) => `c${i}_${s} += vec4(dot(a${i}, b0), dot(a${i}, b1), dot(a${i}, b2), dot(a${i}, b3));`).join(' ')} }`;
    });
    return `${alongK.join(' ')} ${sums.join(' ')}`;
  }
  return `${alongK.join(' ')} ${count(4)
    .map((j) => `{ ${bAcross(`k + ${j}`)} ${rank1((i) => `a${i}[${j}]`)} }`)
    .join(' ')}`;
}

/** Accumulators for a thread's tile, all zero. */
export function accumulators(rows: number, columns: number): string {
  return count(rows)
    .flatMap((i) => count(columns / 4).map((s) => `var c${i}_${s} = vec4<f32>(0.0);`))
    .join(' ');
}

/** Calls `each(row, group)` for every part of the tile that lies inside. */
export function forTile(rows: number, columns: number, each: (i: number, s: number) => string): string {
  const groups = count(columns / 4);
  return count(rows)
    .map(
      (i) =>
        `if (m + ${i} < dims.M) { ${groups.map((s) => (s === 0 ? each(i, s) : `if (n + ${4 * s} < dims.N) { ${each(i, s)} }`)).join(' ')} }`,
    )
    .join('\n  ');
}

/**
 * The module's functions and entry point; needs `dims.M`, `dims.N`, `dims.K`. Dispatch [ceil(N / width), ceil(M /
 * height), z].
 */
export function directGemm(gemm: DirectGemm): string {
  const { a, b, rows, columns, across, loads, store, setup = '', first = '0', end = 'dims.K' } = gemm;
  const { height, width } = directExtent(gemm, directThreads);
  const step = a === 'm' && b === 'n' ? 1 : 4;
  const basesA =
    a === 'k'
      ? count(rows).map((i) => `let pa${i} = aBase(m + ${i});`)
      : count(rows / 4).map((r) => `let pa${r} = aBase(m + ${4 * r});`);
  const basesB =
    b === 'k'
      ? count(columns).map((j) => `let pb${j} = bBase(n + ${j});`)
      : count(columns / 4).map((s) => `let pb${s} = bBase(n + ${4 * s});`);
  return /* wgsl */ `
${loads}
${store}
@compute @workgroup_size(${directThreads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let lane = i32(thread);
  let m = (i32(group.y) + dims.originY) * ${height} + lane / ${across} * ${rows};
  let n = i32(group.x) * ${width} + lane % ${across} * ${columns};
  ${setup}
  if (m >= dims.M || n >= dims.N) { return; }
  ${accumulators(rows, columns)}
  ${[...basesA, ...basesB].join(' ')}
  let kEnd = ${end};
  for (var k = ${first}; k < kEnd; k += ${step}) {
    ${turn(gemm)}
  }
  ${forTile(rows, columns, (i, s) => `store(m + ${i}, n + ${4 * s}, c${i}_${s});`)}
}`;
}
