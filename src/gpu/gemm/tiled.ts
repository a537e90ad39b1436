/**
 * A general matrix product through workgroup memory, for GPUs: C[m, n] = sum over k of A[m, k] B[k, n], where A and B
 * are whatever two WGSL functions load (a matrix, a transposed one, a convolution's patches) and C goes wherever a
 * third stores it.
 *
 * K advances by 16. A thread holds `rows` consecutive rows and `columns` columns in groups of four, 4 x `across` apart,
 * so that the threads of a row read neighbouring vec4 of B.
 */
import { tileExtent, type TiledVariant } from './variants';

/** Which index runs over the four values that a load returns. */
export interface Operands {
  a: 'k' | 'm';
  b: 'k' | 'n';
}

export interface TiledGemm extends Operands {
  variant: TiledVariant;
  /**
   * Declares `fn loadA(m: i32, k: i32) -> vec4<f32>`: four values along k or m; zero where k >= dims.K; any value where
   * m >= dims.M.
   */
  loadA: string;
  /** Declares `fn loadB(k: i32, n: i32) -> vec4<f32>`: likewise along n or k. */
  loadB: string;
  /**
   * Declares `fn store(m: i32, n: i32, value: vec4<f32>)`, called with m < dims.M and n < dims.N, n a multiple of 4.
   */
  store: string;
  /** Statements before the loop; `group: vec3<u32>` is the workgroup. */
  setup?: string;
  /** WGSL expressions for the range of k. */
  first?: string;
  end?: string;
}

/** k's of a turn of the loop. */
export const tiledDepth = 16;
const depth = tiledDepth;

function count(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** Statements that fill a tile; `total` vec4 in all, one per thread and turn. */
function fillTile(threads: number, total: number, statement: (element: string) => string): string {
  return count(Math.ceil(total / threads))
    .map((turn) => {
      const element = `(lane + ${turn * threads})`;
      return total % threads === 0 ? statement(element) : `if (${element} < ${total}) { ${statement(element)} }`;
    })
    .join('\n    ');
}

/** Names and conversions of a tile's element type. */
interface TileType {
  name: string;
  /** From vec4<f32>, and back. */
  narrow: (value: string) => string;
  widen: (value: string) => string;
}

const whole: TileType = { name: 'vec4<f32>', narrow: (value) => value, widen: (value) => value };
/** Out of range is the largest finite number: a float16 infinity would poison whole sums. */
const halves: TileType = {
  name: 'vec4<f16>',
  narrow: (value) => `vec4<f16>(clamp(${value}, vec4<f32>(-65504.0), vec4<f32>(65504.0)))`,
  widen: (value) => `vec4<f32>(${value})`,
};

function fillA(a: 'k' | 'm', threads: number, height: number, { narrow }: TileType): string {
  const total = (height * depth) / 4;
  return a === 'k'
    ? fillTile(
        threads,
        total,
        (e) => `tileA[${e}] = ${narrow(`loadA(row0 + ${e} / ${depth / 4}, k0 + (${e} % ${depth / 4}) * 4)`)};`,
      )
    : fillTile(
        threads,
        total,
        (e) => `tileA[${e}] = ${narrow(`loadA(row0 + (${e} % ${height / 4}) * 4, k0 + ${e} / ${height / 4})`)};`,
      );
}

function fillB(b: 'k' | 'n', threads: number, width: number, { narrow }: TileType): string {
  if (b === 'n')
    return fillTile(
      threads,
      (width * depth) / 4,
      (e) => `tileB[${e}] = ${narrow(`loadB(k0 + ${e} / ${width / 4}, column0 + (${e} % ${width / 4}) * 4)`)};`,
    );
  // Blocks of 4 x 4, transposed in registers, so that the tile is laid out along n whichever way memory is.
  return fillTile(threads, (width * depth) / 16, (e) => {
    const columns = count(4).map((i) => `let r${i} = loadB(k0 + kq * 4, column0 + nq * 4 + ${i});`);
    const writes = count(4).map(
      (j) => `tileB[(kq * 4 + ${j}) * ${width / 4} + nq] = ${narrow(`vec4(r0[${j}], r1[${j}], r2[${j}], r3[${j}])`)};`,
    );
    return `{ let kq = ${e} % ${depth / 4}; let nq = ${e} / ${depth / 4}; ${columns.join(' ')} ${writes.join(' ')} }`;
  });
}

function multiply({ a, variant: { rows, columns, across, threads } }: TiledGemm, { widen }: TileType): string {
  const { height, width } = tileExtent({ rows, columns, across, threads });
  const groups = count(columns / 4);
  const oneK = (j: number): string => {
    const b = groups
      .map((s) => `let b${s} = ${widen(`tileB[(q * 4 + ${j}) * ${width / 4} + tx + ${across * s}]`)};`)
      .join(' ');
    const aRows =
      a === 'm'
        ? count(rows / 4)
            .map((r) => `let a${r} = ${widen(`tileA[(q * 4 + ${j}) * ${height / 4} + ty * ${rows / 4} + ${r}]`)};`)
            .join(' ')
        : '';
    const value = (i: number): string => (a === 'k' ? `a${i}[${j}]` : `a${Math.floor(i / 4)}[${i % 4}]`);
    const sums = count(rows).flatMap((i) =>
      groups.map((s) => `c${i}_${s} = fma(vec4(${value(i)}), b${s}, c${i}_${s});`),
    );
    return `{ ${aRows} ${b} ${sums.join(' ')} }`;
  };
  const aRows =
    a === 'k'
      ? count(rows)
          .map((i) => `let a${i} = ${widen(`tileA[(ty * ${rows} + ${i}) * ${depth / 4} + q]`)};`)
          .join(' ')
      : '';
  return `for (var q = 0; q < ${depth / 4}; q++) { ${aRows}\n      ${count(4).map(oneK).join('\n      ')} }`;
}

/**
 * The module's functions and entry point; needs `dims.M`, `dims.N`, `dims.K`, `dims.originY` and, for `half` variants,
 * `enable f16`. Dispatch [ceil(N / width), ceil(M / height), z].
 */
export function tiledGemm(gemm: TiledGemm): string {
  const { variant, loadA, loadB, store, setup = '', first = '0', end = 'dims.K' } = gemm;
  const { rows, columns, across, threads, half } = variant;
  const { height, width } = tileExtent(variant);
  const type = half ? halves : whole;
  const groups = count(columns / 4);
  return /* wgsl */ `
var<workgroup> tileA: array<${type.name}, ${(height * depth) / 4}>;
var<workgroup> tileB: array<${type.name}, ${(width * depth) / 4}>;
${loadA}
${loadB}
${store}
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let lane = i32(thread);
  let row0 = (i32(group.y) + dims.originY) * ${height};
  let column0 = i32(group.x) * ${width};
  let tx = lane % ${across};
  let ty = lane / ${across};
  ${setup}
  ${count(rows)
    .flatMap((i) => groups.map((s) => `var c${i}_${s} = vec4<f32>(0.0);`))
    .join(' ')}
  let kEnd = ${end};
  for (var k0 = ${first}; k0 < kEnd; k0 += ${depth}) {
    ${fillA(gemm.a, threads, height, type)}
    ${fillB(gemm.b, threads, width, type)}
    workgroupBarrier();
    ${multiply(gemm, type)}
    workgroupBarrier();
  }
  let m = row0 + ty * ${rows};
  ${groups
    .map(
      (s) =>
        `{ let n = column0 + tx * 4 + ${4 * across * s}; if (n < dims.N) { ${count(rows)
          .map((i) => `if (m + ${i} < dims.M) { store(m + ${i}, n, c${i}_${s}); }`)
          .join(' ')} } }`,
    )
    .join('\n  ')}
}`;
}
