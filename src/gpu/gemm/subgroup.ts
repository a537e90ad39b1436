/**
 * The general matrix product for few results and long sums: a workgroup has one tile of 4 x 4 results, its threads take
 * every 64th step along k, and what they have is added up across each subgroup, then across subgroups. One dispatch
 * where the tiled product needs a split and a second one. The order of the sum depends on the device's subgroup size,
 * so results repeat to the bit on one device, not between devices.
 */
import { accumulators, count, turn, type DirectGemm } from './direct';

export const subgroupTile = { rows: 4, columns: 4 } as const;
const threads = 64;

/**
 * The module's functions and entry point, as `directGemm`; needs `enable subgroups`. Dispatch [ceil(N / 4), ceil(M /
 * 4), z].
 */
export function subgroupGemm(gemm: Omit<DirectGemm, 'rows' | 'columns' | 'across' | 'first' | 'end'>): string {
  const { a, b, loads, store, setup = '' } = gemm;
  const { rows, columns } = subgroupTile;
  const step = a === 'm' && b === 'n' ? 1 : 4;
  const basesA = a === 'k' ? count(rows).map((i) => `let pa${i} = aBase(m + ${i});`) : ['let pa0 = aBase(m);'];
  const basesB = b === 'k' ? count(columns).map((j) => `let pb${j} = bBase(n + ${j});`) : ['let pb0 = bBase(n);'];
  return /* wgsl */ `
var<workgroup> partial: array<vec4<f32>, ${threads * rows}>;
${loads}
${store}
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32, @builtin(subgroup_size) size: u32) {
  let m = (i32(group.y) + dims.originY) * ${rows};
  let n = i32(group.x) * ${columns};
  ${setup}
  ${accumulators(rows, columns)}
  ${[...basesA, ...basesB].join(' ')}
  for (var k = i32(thread) * ${step}; k < dims.K; k += ${threads * step}) {
    ${turn({ ...gemm, rows, columns, across: 1 })}
  }
  ${count(rows)
    .map((i) => `let s${i} = subgroupAdd(c${i}_0);`)
    .join(' ')}
  let slot = thread / size;
  if (thread % size == 0u) { ${count(rows)
    .map((i) => `partial[slot * ${rows}u + ${i}u] = s${i};`)
    .join(' ')} }
  workgroupBarrier();
  if (thread < ${rows}u) {
    var sum = vec4<f32>(0.0);
    for (var i = 0u; i < (${threads}u + size - 1u) / size; i++) { sum += partial[i * ${rows}u + thread]; }
    if (m + i32(thread) < dims.M) { store(m + i32(thread), n, sum); }
  }
}`;
}
