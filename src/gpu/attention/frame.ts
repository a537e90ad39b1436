/**
 * What attention's kernels share: which positions a thread owns, how the rows of a head are found, and the WGSL that
 * loads a row into registers and multiplies two of them. Where subgroups are vector registers of a CPU
 * (`gemm/lanes.ts`), one loads the row that its threads walk over together. Queries, keys and values are three tensors,
 * or lie side by side in one (layout `joint`).
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { laneCount, type Lanes } from '../gemm/lanes';
import type { InputBinding } from '../kernel/program';
import { tuning } from '../tuning';
import { stridesOf, type AttentionLayout } from './layout';

/** Queries, keys and values: a tensor each, or one that holds all three. */
export type AttentionInputs = { q: TensorInfo; k: TensorInfo; v: TensorInfo } | { qkv: TensorInfo };

/** With what the backward pass has besides: the gradient by the result, and the forward pass's two results. */
export type BackwardInputs = AttentionInputs & { dy: TensorInfo; y: TensorInfo; logSum: TensorInfo };

export interface Frame {
  type: 'f32' | 'vec4<f32>';
  /** Elements of a head's row. */
  across: number;
  /** Positions a thread owns. */
  owned: number;
  /** Threads of a workgroup that share their loads: a whole subgroup, or 0 where they do not. */
  lanes: Lanes | 0;
  variant: string;
  ints: Record<string, number>;
  workgroups: [number, number, number];
  /**
   * WGSL: the entry point's signature and first statements, which declare `unit`, this thread’s unit of work, and
   * `place`, where in it the thread is.
   */
  entry: string;
  /**
   * WGSL: index of a head's first element, in the inputs and in the result, and the steps from position to position.
   */
  helpers: string;
  /** Names of the tensors that hold queries, keys and values (or their gradients), and where in a row each begins. */
  q: string;
  k: string;
  v: string;
}

/** Threads of a workgroup where each has a unit of its own. */
const threads = 32;
/** Workgroups of one line of the grid, where a line does not have to be longer. */
const line = 64;

/** At least so many units, in short lines, so that long work can be cut along y (`runProgram`). */
export function unitGrid(units: number, lanes: Lanes | 0): [number, number, number] {
  const groups = Math.ceil(units / (lanes === 0 ? threads : 1));
  const x = Math.min(groups, Math.max(line, Math.ceil(groups / 65_535)));
  return [x, Math.ceil(groups / x), 1];
}

export function entryOf(units: number, lanes: Lanes | 0): Pick<Frame, 'workgroups' | 'entry'> {
  const builtins = '@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>';
  const group = '(i32(workgroup.y) + dims.originY) * i32(workgroupCount.x) + i32(workgroup.x)';
  const entry =
    lanes === 0
      ? `@compute @workgroup_size(${threads}) fn main(${builtins}, @builtin(local_invocation_index) thread: u32) {\n  let unit = (${group}) * ${threads} + i32(thread);\n  let place = 0;`
      : `@compute @workgroup_size(${lanes}) fn main(${builtins}, @builtin(subgroup_invocation_id) invocation: u32) {\n  let unit = ${group};\n  let place = i32(invocation);`;
  return { workgroups: unitGrid(units, lanes), entry };
}

/** Multiply-adds of so many products of a row with a row for each pair of positions. */
export function pairOperations({ batch, heads, length, width }: AttentionLayout, products: number): number {
  return products * batch * heads * length * length * width;
}

/** Positions that the threads of one unit own together. */
export const unitSpan = ({ owned, lanes }: Frame): number => owned * (lanes || 1);

export function frameOf(layout: AttentionLayout, passes: number, causal: boolean): Frame {
  const { batch, heads, length, width } = layout;
  const vector = width % 4 === 0;
  const lanes = vector ? 4 : 1;
  const { stepBatch, stepHead, stepPosition } = stridesOf(layout);
  const { workgroupMemory, variant: forced } = tuning();
  const shared = workgroupMemory || forced === 'direct' ? 0 : laneCount();
  const owned = workgroupMemory ? 1 : 2;
  const blocks = Math.ceil(length / (owned * (shared || 1)));
  const units = batch * heads * blocks;
  const joint = layout.joint === true;
  const times = joint ? '3 * ' : '';
  return {
    type: vector ? 'vec4<f32>' : 'f32',
    across: width / lanes,
    owned,
    lanes: shared,
    variant: `${width}x${owned}${causal ? 'c' : ''}${joint ? 'j' : ''}${shared ? `l${shared}` : ''}`,
    ints: {
      units,
      blocks,
      length,
      heads,
      stepBatch: stepBatch / lanes,
      stepHead: stepHead / lanes,
      stepPosition: stepPosition / lanes,
    },
    ...entryOf(units * passes, shared),
    helpers: /* wgsl */ `
fn headAt(group: i32) -> i32 { return group / dims.heads * ${times}dims.stepBatch + group % dims.heads * dims.stepHead; }
fn resultHeadAt(group: i32) -> i32 { return group / dims.heads * dims.stepBatch + group % dims.heads * dims.stepHead; }
fn total(x: ${vector ? 'vec4<f32>' : 'f32'}) -> f32 { return ${vector ? '(x.x + x.y) + (x.z + x.w)' : 'x'}; }
fn rowStep() -> i32 { return ${times}dims.stepPosition; }`,
    ...(joint
      ? { q: 'qkv[', k: 'qkv[dims.stepPosition + ', v: 'qkv[2 * dims.stepPosition + ' }
      : { q: 'q[', k: 'k[', v: 'v[' }),
  };
}

/** The inputs as bindings. */
export function bindingsOf(inputs: AttentionInputs, element: Frame['type']): Record<string, InputBinding> {
  return 'qkv' in inputs
    ? { qkv: { tensor: inputs.qkv, element } }
    : { q: { tensor: inputs.q, element }, k: { tensor: inputs.k, element }, v: { tensor: inputs.v, element } };
}

/** WGSL pieces for rows that live in registers, unrolled. */
export function pieces({ across, owned, lanes }: Frame): {
  each: (statement: (i: number) => string) => string;
  own: (statement: (p: number) => string) => string;
  load: (name: string, array: string, at: string) => string;
  /** The same for a row that all threads of a unit need. */
  loadShared: (name: string, array: string, at: string) => string;
  inner: (a: string, b: string) => string;
} {
  const all = (n: number, statement: (i: number) => string): string =>
    Array.from({ length: n }, (_, i) => statement(i)).join(' ');
  const each = (statement: (i: number) => string): string => all(across, statement);
  const load = (name: string, array: string, at: string): string =>
    each((i) => `let ${name}_${i} = ${array}${at} + ${i}];`);
  const loadShared = (name: string, array: string, at: string): string =>
    lanes === 0
      ? load(name, array, at)
      : `${all(Math.ceil(across / lanes), (r) => `let ${name}Part${r} = ${array}${at} + min(${r * lanes} + place, ${across - 1})];`)} ${each((i) => `let ${name}_${i} = subgroupBroadcast(${name}Part${Math.floor(i / lanes)}, ${i % lanes}u);`)}`;
  return {
    each,
    own: (statement) => all(owned, statement),
    load,
    loadShared,
    inner: (a, b) =>
      `total(${Array.from({ length: across }).reduce<string>((sum, _, i) => (i === 0 ? `${a}_0 * ${b}_0` : `fma(${a}_${i}, ${b}_${i}, ${sum})`), '')})`,
  };
}

/**
 * Statements that declare `position0..` (the last may lie past the end, and then works on the end again) and the rows'
 * places.
 */
export const ownPlaces = (p: number): string => /* wgsl */ `
  let position${p} = min(block + ${p}, dims.length - 1);
  let at${p} = head + position${p} * rowStep(); let result${p} = resultHead + position${p} * dims.stepPosition;`;
