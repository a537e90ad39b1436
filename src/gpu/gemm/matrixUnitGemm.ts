/**
 * The general matrix product on subgroup matrices (`matrixUnits.ts`): both operands pass through workgroup memory as
 * float16, each subgroup multiplies its block of the workgroup's tile in units of the hardware's size, and sums stay
 * float32. Results leave through workgroup memory too, a unit at a time, so that every epilogue and every layout that
 * the tiled product stores works here as well.
 */
import { currentBackend } from '../current';
import { largestUnit, matrixUnit, unitSide, type MatrixUnit } from '../device/matrixUnits';
import { count } from './direct';
import type { TiledGemm } from './tiled';
import type { MatrixVariant } from './variants';

export interface MatrixGemm extends Omit<TiledGemm, 'variant'> {
  variant: MatrixVariant;
}

/** k's of a turn of the loop. */
export const matrixDepth = unitSide;
/**
 * float16 values between two rows of a tile beyond the row itself: rows stay aligned to 16 bytes and do not all begin
 * in the same bank.
 */
const gap = 8;

/** Threads of a workgroup: a subgroup for each of its blocks. */
export function matrixThreads({ across, down }: MatrixVariant, subgroupSize: number): number {
  return across * down * subgroupSize;
}

/** Bytes of workgroup memory, at most: for the largest units that `matrixUnits.ts` lets through. */
export function matrixBytes({ height, width, across, down }: MatrixVariant): number {
  const tile = (outer: number): number => 2 * Math.max(outer * (matrixDepth + gap), matrixDepth * (outer + gap));
  return tile(height) + tile(width) + 4 * across * down * largestUnit;
}

/** One operand's tile: how it lies in workgroup memory, the statements that fill it, and where a unit of it begins. */
interface Tile {
  size: number;
  fill: string;
  /** The unit whose first row or column is `outer` and whose first inner index is `k`, both WGSL expressions. */
  load: (type: string, outer: string, k: string) => string;
}

/**
 * @param along whether a load's four values lie along k; the tile keeps that direction contiguous
 * @param outer rows (of A) or columns (of B)
 * @param value call of the load for the four values that begin at WGSL expressions `outer`, `k`
 */
function tileOf(
  name: string,
  along: boolean,
  outer: number,
  threads: number,
  isLeft: boolean,
  value: (outer: string, k: string) => string,
): Tile {
  const [lines, line] = along ? [outer, matrixDepth] : [matrixDepth, outer];
  const stride = line + gap;
  const loads = (lines * line) / 4;
  const turns = count(Math.ceil(loads / threads)).map((turn) => {
    const element = `lane + ${turn * threads}`;
    const [first, four] = [`e / ${line / 4}`, `e % ${line / 4} * 4`];
    const [at, k] = along ? [first, four] : [four, first];
    // Out of range is the largest finite number: a float16 infinity would poison whole sums.
    const fill = `let e = ${element}; let v = vec4<f16>(clamp(${value(at, k)}, vec4<f32>(-65504.0), vec4<f32>(65504.0))); let to = ${first} * ${stride} + ${four};
      ${count(4)
        .map((j) => `${name}[to + ${j}] = v[${j}];`)
        .join(' ')}`;
    return loads % threads === 0 ? `{ ${fill} }` : `if (${element} < ${loads}) { ${fill} }`;
  });
  // A's rows and B's columns are what `outer` counts: contiguous along k is row-major for A and column-major for B.
  const order = along === isLeft ? 'row_major' : 'col_major';
  const at = (begin: string, k: string): string =>
    along ? `(${begin}) * ${stride} + ${k}` : `${k} * ${stride} + ${begin}`;
  return {
    size: lines * stride,
    fill: turns.join('\n    '),
    load: (type, begin, k) => `subgroupMatrixLoad<${type}, ${order}>(&${name}, u32(${at(begin, k)}), ${stride}u)`,
  };
}

/** One turn of the loop over k, tiles filled: every subgroup's block, unit by unit. */
function multiply(tileA: Tile, tileB: Tile, unit: MatrixUnit, rows: number, columns: number): string {
  const [left, right] = [
    `subgroup_matrix_left<f16, ${unit.k}, ${unit.m}>`,
    `subgroup_matrix_right<f16, ${unit.n}, ${unit.k}>`,
  ];
  const a = count(rows).map((i) => `let a${i} = ${tileA.load(left, `row + ${i * unit.m}`, 'k')};`);
  const b = count(columns).map((j) => `let b${j} = ${tileB.load(right, `column + ${j * unit.n}`, 'k')};`);
  const sums = count(rows).flatMap((i) =>
    count(columns).map((j) => `c${i}_${j} = subgroupMatrixMultiplyAccumulate(a${i}, b${j}, c${i}_${j});`),
  );
  return `for (var k = 0; k < ${matrixDepth}; k += ${unit.k}) { ${[...a, ...b, ...sums].join('\n      ')} }`;
}

/**
 * Results leave, a unit of every subgroup at a time. A loop over the units, though they are variables of their own:
 * code that is repeated for each takes compilers minutes.
 */
function leave(unit: MatrixUnit, rows: number, columns: number, subgroupSize: number): string {
  const area = unit.m * unit.n;
  const cases = count(rows * columns).map(
    (at) =>
      `case ${at}: { subgroupMatrixStore<row_major>(&units, u32(subgroup * ${area}), c${Math.floor(at / columns)}_${at % columns}, ${unit.n}u); }`,
  );
  return /* wgsl */ `for (var part = 0; part < ${rows * columns}; part++) {
    switch (part) { ${cases.join(' ')} default: { } }
    workgroupBarrier();
    for (var e = lane % ${subgroupSize}; e < ${area / 4}; e += ${subgroupSize}) {
      let at = subgroup * ${area} + e * 4;
      let m = row0 + row + part / ${columns} * ${unit.m} + e / ${unit.n / 4};
      let n = column0 + column + part % ${columns} * ${unit.n} + e % ${unit.n / 4} * 4;
      if (m < dims.M && n < dims.N) { store(m, n, vec4(units[at], units[at + 1], units[at + 2], units[at + 3])); }
    }
    workgroupBarrier();
  }`;
}

/**
 * The module's functions and entry point, as `tiledGemm`; needs `enable`s of `enablesOf(variant)`. Dispatch [ceil(N /
 * width), ceil(M / height), z].
 */
export function matrixGemm(gemm: MatrixGemm, unit: MatrixUnit, subgroupSize: number): string {
  const { variant, a, b, loadA, loadB, store, setup = '', first = '0', end = 'dims.K' } = gemm;
  const { height, width, across, down } = variant;
  const threads = matrixThreads(variant, subgroupSize);
  const tileA = tileOf('tileA', a === 'k', height, threads, true, (m, k) => `loadA(row0 + ${m}, k0 + ${k})`);
  const tileB = tileOf('tileB', b === 'k', width, threads, false, (n, k) => `loadB(k0 + ${k}, column0 + ${n})`);
  const [rows, columns] = [height / down / unit.m, width / across / unit.n];
  const area = unit.m * unit.n;
  const result = `subgroup_matrix_result<f32, ${unit.n}, ${unit.m}>`;
  return /* wgsl */ `
var<workgroup> tileA: array<f16, ${tileA.size}>;
var<workgroup> tileB: array<f16, ${tileB.size}>;
var<workgroup> units: array<f32, ${across * down * area}>;
${loadA}
${loadB}
${store}
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let lane = i32(thread);
  let subgroup = i32(subgroupBroadcastFirst(thread / ${subgroupSize}u));
  let row0 = (i32(group.y) + dims.originY) * ${height};
  let column0 = i32(group.x) * ${width};
  let row = subgroup / ${across} * ${height / down};
  let column = subgroup % ${across} * ${width / across};
  ${setup}
  ${count(rows)
    .flatMap((i) => count(columns).map((j) => `var c${i}_${j}: ${result};`))
    .join(' ')}
  let kEnd = ${end};
  for (var k0 = ${first}; k0 < kEnd; k0 += ${matrixDepth}) {
    ${tileA.fill}
    ${tileB.fill}
    workgroupBarrier();
    ${multiply(tileA, tileB, unit, rows, columns)}
    workgroupBarrier();
  }
  ${leave(unit, rows, columns, subgroupSize)}
}`;
}

/**
 * The same for the device in use.
 * @throws Error where it has no such units: `chooseVariant.ts` does not choose them there
 */
export function matrixGemmHere(gemm: MatrixGemm): string {
  const { device } = currentBackend();
  const unit = matrixUnit(device);
  if (!unit) throw new Error('this device has no subgroup matrices');
  return matrixGemm(gemm, unit, device.adapterInfo.subgroupMinSize);
}
