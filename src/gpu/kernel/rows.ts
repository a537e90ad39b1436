/**
 * Kernels that work on rows and need sums over a row. The body is written once, with `row`, `first` (this thread's
 * first element), `LANES` (its stride) and `rowSum(f32)`: on GPUs a workgroup shares a row and sums through workgroup
 * memory, elsewhere (and for short rows) a thread has a row to itself and `rowSum` is the identity.
 */
import { linearGrid } from './dispatch';
import { tuning } from '../tuning';

export interface RowFrame {
  /** Names the frame in a program's variant. */
  variant: string;
  workgroups: [number, number, number];
  /** The module: helpers and entry point around `statements`; `rowCount` is a WGSL expression. */
  module: (rowCount: string, statements: string, helpers?: string) => string;
}

function shared(rows: number, lanes: number): RowFrame {
  const grid = linearGrid(rows, 1);
  return {
    variant: `w${lanes}`,
    workgroups: grid.workgroups,
    module: (rowCount, statements, helpers = '') => /* wgsl */ `
const LANES = ${lanes};
var<workgroup> partial: array<f32, ${lanes}>;
var<private> thread: i32;
fn rowSum(value: f32) -> f32 {
  partial[thread] = value;
  workgroupBarrier();
  for (var half = ${lanes / 2}; half > 0; half /= 2) {
    if (thread < half) { partial[thread] += partial[thread + half]; }
    workgroupBarrier();
  }
  let total = partial[0];
  workgroupBarrier();
  return total;
}
${helpers}
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let row = i32(workgroup.y * workgroupCount.x + workgroup.x);
  let first = i32(index);
  thread = first;
  if (row >= ${rowCount}) { return; }
  ${statements}
}`,
  };
}

function alone(rows: number): RowFrame {
  const grid = linearGrid(rows, 32);
  return {
    variant: 't',
    workgroups: grid.workgroups,
    module: (rowCount, statements, helpers = '') => /* wgsl */ `
const LANES = 1;
fn rowSum(value: f32) -> f32 { return value; }
${helpers}
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  let row = i32(index);
  let first = 0;
  if (row >= ${rowCount}) { return; }
  ${statements}
}`,
  };
}

/**
 * @param rows how many rows
 * @param columns elements (vec4 or f32) of a row
 */
export function rowFrame(rows: number, columns: number): RowFrame {
  if (!tuning().workgroupMemory || columns < 16) return alone(rows);
  return shared(rows, columns > 512 ? 256 : 64);
}

/** Sum of a value's components: `fn total(x: T) -> f32`. */
export function totalOf(type: 'f32' | 'vec4<f32>'): string {
  return type === 'f32'
    ? 'fn total(x: f32) -> f32 { return x; }'
    : 'fn total(x: vec4<f32>) -> f32 { return dot(x, vec4<f32>(1.0)); }';
}
