/**
 * The general matrix product for Vulkan on a CPU whose subgroups have one fixed size: the lanes of a vector register.
 * There a load from memory costs as much as tens of multiply-adds, because every lane's address is checked and fetched
 * alone. So a workgroup is one subgroup; its lanes lie along n; the 2 x lanes rows of its tile are loaded once, shared
 * out among the lanes, and handed to all of them by broadcast, which costs one instruction.
 */
import { currentBackend } from '../current';
import { count, type DirectGemm } from './direct';

export type Lanes = 4 | 8;

/** Lanes of a subgroup where they are always as many and few; 0 elsewhere (every GPU among them). */
export function laneCount(device: GPUDevice = currentBackend().device): Lanes | 0 {
  const { subgroupMinSize, subgroupMaxSize } = device.adapterInfo;
  if (!device.features.has('subgroups') || subgroupMinSize !== subgroupMaxSize) return 0;
  return subgroupMinSize === 4 || subgroupMinSize === 8 ? subgroupMinSize : 0;
}

/** Rows and columns of a workgroup's tile. */
export function lanesExtent(lanes: Lanes): { height: number; width: number } {
  return { height: 2 * lanes, width: 4 * lanes };
}

/** Signature and first statements: `lane`, and the tile's first row `m` and this lane's first column `n`. */
export function lanesEntry(lanes: Lanes): string {
  const { height, width } = lanesExtent(lanes);
  return /* wgsl */ `
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(subgroup_invocation_id) invocation: u32) {
  let lane = i32(invocation);
  let m = (i32(group.y) + dims.originY) * ${height};
  let n = i32(group.x) * ${width} + lane * 4;
  ${count(height)
    .map((i) => `var c${i} = vec4<f32>(0.0);`)
    .join(' ')}`;
}

/** `c += a * b` for all rows, where `source(row)` says which variable holds the row's value and in which lane. */
export function lanesRankOne(lanes: Lanes, source: (row: number) => { value: string; lane: number }): string {
  return count(2 * lanes)
    .map((i) => {
      const { value, lane } = source(i);
      return `c${i} = fma(vec4(subgroupBroadcast(${value}, ${lane}u)), b, c${i});`;
    })
    .join(' ');
}

/**
 * Calls `each(row)`, statements for row `m + row` and columns from `n` on, for every part of the tile that lies inside.
 */
export function lanesTile(lanes: Lanes, each: (row: number) => string): string {
  return `if (n < dims.N) { ${count(2 * lanes)
    .map((i) => `if (m + ${i} < dims.M) { ${each(i)} }`)
    .join('\n  ')} }`;
}

/** Loads of A for four k's, and where each of its values then is. */
function rowsOf(
  lanes: Lanes,
  a: 'k' | 'm',
): { bases: string; loads: string; source: (row: number, k: number) => { value: string; lane: number } } {
  if (a === 'k') {
    return {
      bases: count(2)
        .map((r) => `let pa${r} = aBase(m + ${r * lanes} + lane);`)
        .join(' '),
      loads: count(2)
        .map((r) => `let a${r} = aAt(pa${r}, k);`)
        .join(' '),
      source: (row, k) => ({ value: `a${Math.floor(row / lanes)}[${k}]`, lane: row % lanes }),
    };
  }
  // A vec4 holds four rows at one k: `groups` of them at each k.
  const groups = lanes / 2;
  return {
    bases: `let pa = aBase(m + lane % ${groups} * 4);`,
    loads: count(2)
      .map((r) => `let a${r} = aAt(pa, k + ${r * 2} + lane / ${groups});`)
      .join(' '),
    source: (row, k) => {
      const place = k * groups + Math.floor(row / 4);
      return { value: `a${Math.floor(place / lanes)}[${row % 4}]`, lane: place % lanes };
    },
  };
}

/**
 * The module's functions and entry point, as `directGemm`; needs `enable subgroups`. Dispatch [ceil(N / width), ceil(M
 * / height), z].
 */
export function lanesGemm(gemm: Omit<DirectGemm, 'rows' | 'columns' | 'across'>, lanes: Lanes): string {
  const { a, b, loads, store, setup = '', first = '0', end = 'dims.K' } = gemm;
  const rows = rowsOf(lanes, a);
  const alongK = b === 'k';
  const columnBases = alongK
    ? count(4)
        .map((j) => `let pb${j} = bBase(n + ${j});`)
        .join(' ')
    : 'let pb = bBase(n);';
  const columns = alongK
    ? count(4)
        .map((j) => `let r${j} = bAt(pb${j}, k);`)
        .join(' ')
    : '';
  const column = (k: number): string =>
    alongK
      ? `vec4(${count(4)
          .map((j) => `r${j}[${k}]`)
          .join(', ')})`
      : `bAt(pb, k + ${k})`;
  return /* wgsl */ `
${loads}
${store}
${lanesEntry(lanes)}
  ${setup}
  ${rows.bases} ${columnBases}
  let kEnd = ${end};
  for (var k = ${first}; k < kEnd; k += 4) {
    ${rows.loads} ${columns}
    ${count(4)
      .map((k) => `{ let b = ${column(k)}; ${lanesRankOne(lanes, (row) => rows.source(row, k))} }`)
      .join('\n    ')}
  }
  ${lanesTile(lanes, (i) => `store(m + ${i}, n, c${i});`)}
}`;
}
