/**
 * A general matrix product through workgroup memory, for GPUs: C[m, n] = sum over k of A[m, k] B[k, n], where A and B are whatever two WGSL
 * functions load (a matrix, a transposed one, a convolution's patches) and C goes wherever a third stores it.
 *
 * 256 threads make a tile of 16 TM x 16 TN; K advances by 16. A thread holds TM consecutive rows and TN columns in groups of four, 64 apart.
 */

/** Which index runs over the four values that a load returns. */
export interface Operands {
  a: 'k' | 'm';
  b: 'k' | 'n';
}

export interface TiledGemm extends Operands {
  /** Rows and columns a thread: 4 or 8. */
  rows: 4 | 8;
  columns: 4 | 8;
  /** Declares `fn loadA(m: i32, k: i32) -> vec4<f32>`: four values along k or m; zero where k >= dims.K; any value where m >= dims.M. */
  loadA: string;
  /** Declares `fn loadB(k: i32, n: i32) -> vec4<f32>`: likewise along n or k. */
  loadB: string;
  /** Declares `fn store(m: i32, n: i32, value: vec4<f32>)`, called with m < dims.M and n < dims.N, n a multiple of 4. */
  store: string;
  /** Statements before the loop; `group: vec3<u32>` is the workgroup. */
  setup?: string;
  /** WGSL expressions for the range of k. */
  first?: string;
  end?: string;
}

const depth = 16;
const threads = 256;

/** Rows and columns of a workgroup's tile. */
export function tileOf(rows: number, columns: number): { height: number; width: number } {
  return { height: 16 * rows, width: 16 * columns };
}

function count(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** Statements that fill a tile; `total` vec4 in all, one per thread and turn. */
function fillTile(total: number, statement: (element: string) => string): string {
  return count(Math.ceil(total / threads))
    .map((turn) => {
      const element = `(lane + ${turn * threads})`;
      return total % threads === 0 ? statement(element) : `if (${element} < ${total}) { ${statement(element)} }`;
    })
    .join('\n    ');
}

function fillA(a: 'k' | 'm', height: number): string {
  const total = (height * depth) / 4;
  return a === 'k'
    ? fillTile(total, (e) => `tileA[${e}] = loadA(row0 + ${e} / ${depth / 4}, k0 + (${e} % ${depth / 4}) * 4);`)
    : fillTile(total, (e) => `tileA[${e}] = loadA(row0 + (${e} % ${height / 4}) * 4, k0 + ${e} / ${height / 4});`);
}

function fillB(b: 'k' | 'n', width: number): string {
  if (b === 'n') return fillTile((width * depth) / 4, (e) => `tileB[${e}] = loadB(k0 + ${e} / ${width / 4}, column0 + (${e} % ${width / 4}) * 4);`);
  // Blocks of 4 x 4, transposed in registers, so that the tile is laid out along n whichever way memory is.
  return fillTile((width * depth) / 16, (e) => {
    const columns = count(4).map((i) => `let r${i} = loadB(k0 + kq * 4, column0 + nq * 4 + ${i});`);
    const writes = count(4).map((j) => `tileB[(kq * 4 + ${j}) * ${width / 4} + nq] = vec4(r0[${j}], r1[${j}], r2[${j}], r3[${j}]);`);
    return `{ let kq = ${e} % ${depth / 4}; let nq = ${e} / ${depth / 4}; ${columns.join(' ')} ${writes.join(' ')} }`;
  });
}

function multiply({ a, rows, columns }: TiledGemm, height: number, width: number): string {
  const groups = count(columns / 4);
  const oneK = (j: number): string => {
    const b = groups.map((s) => `let b${s} = tileB[(q * 4 + ${j}) * ${width / 4} + tx + ${16 * s}];`).join(' ');
    const aRows = a === 'm' ? count(rows / 4).map((r) => `let a${r} = tileA[(q * 4 + ${j}) * ${height / 4} + ty * ${rows / 4} + ${r}];`).join(' ') : '';
    const value = (i: number): string => (a === 'k' ? `a${i}[${j}]` : `a${Math.floor(i / 4)}[${i % 4}]`);
    const sums = count(rows).flatMap((i) => groups.map((s) => `c${i}_${s} = fma(vec4(${value(i)}), b${s}, c${i}_${s});`));
    return `{ ${aRows} ${b} ${sums.join(' ')} }`;
  };
  const aRows = a === 'k' ? count(rows).map((i) => `let a${i} = tileA[(ty * ${rows} + ${i}) * ${depth / 4} + q];`).join(' ') : '';
  return `for (var q = 0; q < ${depth / 4}; q++) { ${aRows}\n      ${count(4).map(oneK).join('\n      ')} }`;
}

/** The module's functions and entry point; needs `dims.M`, `dims.N`, `dims.K`. Dispatch [ceil(N / width), ceil(M / height), z]. */
export function tiledGemm(gemm: TiledGemm): string {
  const { rows, columns, loadA, loadB, store, setup = '', first = '0', end = 'dims.K' } = gemm;
  const { height, width } = tileOf(rows, columns);
  const groups = count(columns / 4);
  return /* wgsl */ `
var<workgroup> tileA: array<vec4<f32>, ${(height * depth) / 4}>;
var<workgroup> tileB: array<vec4<f32>, ${(width * depth) / 4}>;
${loadA}
${loadB}
${store}
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let lane = i32(thread);
  let row0 = i32(group.y) * ${height};
  let column0 = i32(group.x) * ${width};
  let tx = lane % 16;
  let ty = lane / 16;
  ${setup}
  ${count(rows).flatMap((i) => groups.map((s) => `var c${i}_${s} = vec4<f32>(0.0);`)).join(' ')}
  let kEnd = ${end};
  for (var k0 = ${first}; k0 < kEnd; k0 += ${depth}) {
    ${fillA(gemm.a, height)}
    ${fillB(gemm.b, width)}
    workgroupBarrier();
    ${multiply(gemm, height, width)}
    workgroupBarrier();
  }
  let m = row0 + ty * ${rows};
  ${groups.map((s) => `{ let n = column0 + tx * 4 + ${64 * s}; if (n < dims.N) { ${count(rows).map((i) => `if (m + ${i} < dims.M) { store(m + ${i}, n, c${i}_${s}); }`).join(' ')} } }`).join('\n  ')}
}`;
}
