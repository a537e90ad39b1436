/**
 * The same general matrix product as `tiled.ts` without workgroup memory or barriers, for Vulkan on a CPU: each thread computes `rows` x 4 results
 * straight from memory. Small on purpose: there, compiling a pipeline costs more than running it on small shapes.
 */
import type { Operands } from './tiled';

export interface DirectGemm extends Operands {
  /** Rows a thread; a multiple of 4. */
  rows: number;
  /** Threads of a workgroup side by side along n: a power of two <= 64. */
  across: number;
  /** As for the tiled product. */
  loadA: string;
  loadB: string;
  store: string;
  setup?: string;
  first?: string;
  end?: string;
}

const threads = 64;

/** Rows and columns of a workgroup's tile. */
export function directTile(rows: number, across: number): { height: number; width: number } {
  return { height: (threads / across) * rows, width: 4 * across };
}

/** Threads along n that a width of `n` can use, at most 8. */
export function acrossFor(n: number): number {
  return n > 16 ? 8 : n > 8 ? 4 : n > 4 ? 2 : 1;
}

function count(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** One turn of the loop over k: four k's, or one where both operands lie along m and n. */
function turn({ a, b, rows }: DirectGemm): string {
  if (a === 'm' && b === 'n') {
    const loads = count(rows / 4).map((r) => `let a${r} = loadA(m + ${4 * r}, k);`);
    return `${loads.join(' ')} let b = loadB(k, n); ${count(rows).map((i) => `c${i} = fma(vec4(a${Math.floor(i / 4)}[${i % 4}]), b, c${i});`).join(' ')}`;
  }
  const across =
    a === 'k'
      ? count(rows).map((i) => `let a${i} = loadA(m + ${i}, k);`)
      : [
          ...count(rows / 4).flatMap((r) => count(4).map((j) => `let t${r}_${j} = loadA(m + ${4 * r}, k + ${j});`)),
          ...count(rows).map((i) => `let a${i} = vec4(${count(4).map((j) => `t${Math.floor(i / 4)}_${j}[${i % 4}]`).join(', ')});`),
        ];
  if (b === 'k') {
    const columns = count(4).map((j) => `let b${j} = loadB(k, n + ${j});`);
    return `${across.join(' ')} ${columns.join(' ')} ${count(rows).map((i) => `c${i} += vec4(dot(a${i}, b0), dot(a${i}, b1), dot(a${i}, b2), dot(a${i}, b3));`).join(' ')}`;
  }
  const sums = count(4).map((j) => `{ let b = loadB(k + ${j}, n); ${count(rows).map((i) => `c${i} = fma(vec4(a${i}[${j}]), b, c${i});`).join(' ')} }`);
  return `${across.join(' ')} ${sums.join(' ')}`;
}

/** The module's functions and entry point; needs `dims.M`, `dims.N`, `dims.K`. Dispatch [ceil(N / width), ceil(M / height), z]. */
export function directGemm(gemm: DirectGemm): string {
  const { rows, across, loadA, loadB, store, setup = '', first = '0', end = 'dims.K' } = gemm;
  const { height, width } = directTile(rows, across);
  const step = gemm.a === 'm' && gemm.b === 'n' ? 1 : 4;
  return /* wgsl */ `
${loadA}
${loadB}
${store}
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let lane = i32(thread);
  let m = i32(group.y) * ${height} + lane / ${across} * ${rows};
  let n = i32(group.x) * ${width} + lane % ${across} * 4;
  ${setup}
  if (m >= dims.M || n >= dims.N) { return; }
  ${count(rows).map((i) => `var c${i} = vec4<f32>(0.0);`).join(' ')}
  let kEnd = ${end};
  for (var k = ${first}; k < kEnd; k += ${step}) {
    ${turn(gemm)}
  }
  ${count(rows).map((i) => `if (m + ${i} < dims.M) { store(m + ${i}, n, c${i}); }`).join('\n  ')}
}`;
}
