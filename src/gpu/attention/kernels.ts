/**
 * Attention without a matrix of weights in memory: a thread owns a position (two where loads are dear), walks over the others, and keeps a running softmax
 * (its maximum, its sum, the weighted sum of values). The backward pass recomputes the weights from the saved log-sum-exp. One dispatch each
 * way, no barriers. Where subgroups are vector registers of a CPU (`gemm/lanes.ts`), one loads the row that its threads walk over together. Queries, keys and values are three tensors, or lie side by side in one (layout `joint`).
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { linearGrid, type LinearGrid } from '../dispatch';
import { laneCount, type Lanes } from '../gemm/lanes';
import { runProgram, type InputBinding } from '../program';
import { tuning } from '../tuning';
import { shapeOf, stridesOf, type AttentionLayout } from './layout';

/** Queries, keys and values: a tensor each, or one that holds all three. */
export type AttentionInputs = { q: TensorInfo; k: TensorInfo; v: TensorInfo } | { qkv: TensorInfo };

interface Frame {
  type: 'f32' | 'vec4<f32>';
  /** Elements of a head's row. */
  across: number;
  /** Positions a thread owns. */
  owned: number;
  /** Threads of a workgroup that share their loads: a whole subgroup, or 0 where they do not. */
  lanes: Lanes | 0;
  variant: string;
  ints: Record<string, number>;
  grid: LinearGrid;
  /** WGSL: the entry point's signature and first statements, which declare `unit`, this thread’s unit of work, and `place`, where in it the thread is. */
  entry: string;
  /** WGSL: index of a head's first element, in the inputs and in the result, and the steps from position to position. */
  helpers: string;
  /** Names of the tensors that hold queries, keys and values (or their gradients), and where in a row each begins. */
  q: string;
  k: string;
  v: string;
}

function entryOf(units: number, lanes: Lanes | 0): Pick<Frame, 'grid' | 'entry'> {
  if (lanes === 0) {
    const grid = linearGrid(units, 32);
    return { grid, entry: `@compute @workgroup_size(${grid.size}) ${grid.main} {\n  ${grid.index}\n  let unit = i32(index);\n  let place = 0;` };
  }
  const grid = linearGrid(units, 1); // a workgroup a unit
  const main = 'fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(subgroup_invocation_id) invocation: u32)';
  return { grid, entry: `@compute @workgroup_size(${lanes}) ${main} {\n  let unit = i32(workgroup.y * workgroupCount.x + workgroup.x);\n  let place = i32(invocation);` };
}

/** Positions that the threads of one unit own together. */
const unitSpan = ({ owned, lanes }: Frame): number => owned * (lanes || 1);

function frameOf(layout: AttentionLayout, passes: number, causal: boolean): Frame {
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
    ints: { units, blocks, length, heads, stepBatch: stepBatch / lanes, stepHead: stepHead / lanes, stepPosition: stepPosition / lanes },
    ...entryOf(units * passes, shared),
    helpers: /* wgsl */ `
fn headAt(group: i32) -> i32 { return group / dims.heads * ${times}dims.stepBatch + group % dims.heads * dims.stepHead; }
fn resultHeadAt(group: i32) -> i32 { return group / dims.heads * dims.stepBatch + group % dims.heads * dims.stepHead; }
fn total(x: ${vector ? 'vec4<f32>' : 'f32'}) -> f32 { return ${vector ? '(x.x + x.y) + (x.z + x.w)' : 'x'}; }
fn rowStep() -> i32 { return ${times}dims.stepPosition; }`,
    ...(joint ? { q: 'qkv[', k: 'qkv[dims.stepPosition + ', v: 'qkv[2 * dims.stepPosition + ' } : { q: 'q[', k: 'k[', v: 'v[' }),
  };
}

/** The inputs as bindings. */
function bindingsOf(inputs: AttentionInputs, element: Frame['type']): Record<string, InputBinding> {
  return 'qkv' in inputs ? { qkv: { tensor: inputs.qkv, element } } : { q: { tensor: inputs.q, element }, k: { tensor: inputs.k, element }, v: { tensor: inputs.v, element } };
}

/** WGSL pieces for rows that live in registers, unrolled. */
function pieces({ across, owned, lanes }: Frame): {
  each: (statement: (i: number) => string) => string;
  own: (statement: (p: number) => string) => string;
  load: (name: string, array: string, at: string) => string;
  /** The same for a row that all threads of a unit need. */
  loadShared: (name: string, array: string, at: string) => string;
  inner: (a: string, b: string) => string;
} {
  const all = (n: number, statement: (i: number) => string): string => Array.from({ length: n }, (_, i) => statement(i)).join(' ');
  const each = (statement: (i: number) => string): string => all(across, statement);
  const load = (name: string, array: string, at: string): string => each((i) => `let ${name}_${i} = ${array}${at} + ${i}];`);
  const loadShared = (name: string, array: string, at: string): string =>
    lanes === 0
      ? load(name, array, at)
      : `${all(Math.ceil(across / lanes), (r) => `let ${name}Part${r} = ${array}${at} + min(${r * lanes} + place, ${across - 1})];`)} ${each((i) => `let ${name}_${i} = subgroupBroadcast(${name}Part${Math.floor(i / lanes)}, ${i % lanes}u);`)}`;
  return {
    each,
    own: (statement) => all(owned, statement),
    load,
    loadShared,
    inner: (a, b) => `total(${Array.from({ length: across }).reduce<string>((sum, _, i) => (i === 0 ? `${a}_0 * ${b}_0` : `fma(${a}_${i}, ${b}_${i}, ${sum})`), '')})`,
  };
}

/** Statements that declare `position0..` (the last may lie past the end, and then works on the end again) and the rows' places. */
const ownPlaces = (p: number): string => /* wgsl */ `
  let position${p} = min(block + ${p}, dims.length - 1);
  let at${p} = head + position${p} * rowStep(); let result${p} = resultHead + position${p} * dims.stepPosition;`;

/** @returns the result, and the log-sum-exp of each position's logits, [B, H, T] */
export function attentionForward(inputs: AttentionInputs, layout: AttentionLayout, scale: number, causal: boolean): TensorInfo[] {
  const frame = frameOf(layout, 1, causal);
  const { type, owned, lanes, variant, ints, grid, entry, helpers, q, k, v } = frame;
  const { each, own, loadShared, inner } = pieces(frame);
  const allowed = (p: number, logit: string): string => (causal ? `select(-3.0e38, ${logit}, other <= position${p})` : logit);
  return runProgram({
    label: 'attention.forward',
    variant,
    ints,
    floats: { scale },
    outputs: { y: { shape: shapeOf(layout), element: type }, logSum: { shape: [layout.batch, layout.heads, layout.length] } },
    inputs: bindingsOf(inputs, type),
    enables: lanes ? ['subgroups'] : [],
    body: () => /* wgsl */ `
${helpers}
${entry}
  if (unit >= dims.units) { return; }
  let group = unit / dims.blocks;
  let first = unit % dims.blocks * ${unitSpan(frame)};
  let block = first + place * ${owned};
  let head = headAt(group);
  let resultHead = resultHeadAt(group);
  ${own(ownPlaces)}
  ${own((p) => `${each((i) => `let q${p}_${i} = ${q}at${p} + ${i}] * dims.scale; var sum${p}_${i} = ${type}(0.0);`)} var most${p} = -3.0e38; var weights${p} = 0.0;`)}
  var there = head;
  let end = ${causal ? `min(dims.length, first + ${unitSpan(frame)})` : 'dims.length'};
  for (var other = 0; other < end; other++) {
    ${loadShared('k', k, 'there')} ${loadShared('v', v, 'there')}
    ${own(
      (p) => /* wgsl */ `{
      let logit = ${allowed(p, inner(`q${p}`, 'k'))};
      let higher = max(most${p}, logit);
      let shrink = exp(most${p} - higher);
      let weight = exp(logit - higher);
      most${p} = higher;
      weights${p} = weights${p} * shrink + weight;
      ${each((i) => `sum${p}_${i} = fma(${type}(weight), v_${i}, sum${p}_${i} * shrink);`)}
    }`,
    )}
    there += rowStep();
  }
  ${own((p) => `if (block + ${p} < dims.length) { ${each((i) => `y[result${p} + ${i}] = sum${p}_${i} / weights${p};`)} logSum[group * dims.length + position${p}] = most${p} + log(weights${p}); }`)}
}`,
    workgroups: grid.workgroups,
  });
}

function queryGradient(frame: Frame, causal: boolean): string {
  const { type, owned, q, k, v } = frame;
  const { each, own, load, loadShared, inner } = pieces(frame);
  return /* wgsl */ `
fn queryGradient(group: i32, first: i32, place: i32) {
  let block = first + place * ${owned};
  let head = headAt(group);
  let resultHead = resultHeadAt(group);
  ${own(ownPlaces)}
  ${own(
    (p) => /* wgsl */ `${load(`q${p}`, q, `at${p}`)} ${load(`dy${p}`, 'dy[', `result${p}`)} ${load(`y${p}`, 'y[', `result${p}`)}
  let shift${p} = logSum[group * dims.length + position${p}];
  let mean${p} = ${inner(`dy${p}`, `y${p}`)};
  ${each((i) => `var sum${p}_${i} = ${type}(0.0);`)}`,
  )}
  var there = head;
  let end = ${causal ? `min(dims.length, first + ${unitSpan(frame)})` : 'dims.length'};
  for (var other = 0; other < end; other++) {
    ${loadShared('k', k, 'there')} ${loadShared('v', v, 'there')}
    ${own(
      (p) => /* wgsl */ `{
      let weight = ${causal ? `select(0.0, 1.0, other <= position${p}) * ` : ''}exp(min(dims.scale * (${inner(`q${p}`, 'k')}) - shift${p}, 0.0));
      let slope = dims.scale * weight * (${inner(`dy${p}`, 'v')} - mean${p});
      ${each((i) => `sum${p}_${i} = fma(${type}(slope), k_${i}, sum${p}_${i});`)}
    }`,
    )}
    there += rowStep();
  }
  ${own((p) => `if (block + ${p} < dims.length) { ${each((i) => `d${q}at${p} + ${i}] = sum${p}_${i};`)} }`)}
}`;
}

function keyAndValueGradient(frame: Frame, causal: boolean): string {
  const { type, owned, q, k, v } = frame;
  const { each, own, load, loadShared, inner } = pieces(frame);
  return /* wgsl */ `
fn keyAndValueGradient(group: i32, first: i32, place: i32) {
  let block = first + place * ${owned};
  let head = headAt(group);
  let resultHead = resultHeadAt(group);
  ${own(ownPlaces)}
  ${own((p) => `${load(`k${p}`, k, `at${p}`)} ${load(`v${p}`, v, `at${p}`)} ${each((i) => `var key${p}_${i} = ${type}(0.0); var value${p}_${i} = ${type}(0.0);`)}`)}
  let start = ${causal ? 'first' : '0'};
  var there = head + start * rowStep();
  var result = resultHead + start * dims.stepPosition;
  for (var other = start; other < dims.length; other++) {
    ${loadShared('q', q, 'there')} ${loadShared('dy', 'dy[', 'result')} ${loadShared('y', 'y[', 'result')}
    let shift = logSum[group * dims.length + other];
    let mean = ${inner('dy', 'y')};
    ${own(
      (p) => /* wgsl */ `{
      let weight = ${causal ? `select(0.0, 1.0, other >= position${p}) * ` : ''}exp(min(dims.scale * (${inner('q', `k${p}`)}) - shift, 0.0));
      let slope = dims.scale * weight * (${inner('dy', `v${p}`)} - mean);
      ${each((i) => `key${p}_${i} = fma(${type}(slope), q_${i}, key${p}_${i}); value${p}_${i} = fma(${type}(weight), dy_${i}, value${p}_${i});`)}
    }`,
    )}
    there += rowStep();
    result += dims.stepPosition;
  }
  ${own((p) => `if (block + ${p} < dims.length) { ${each((i) => `d${k}at${p} + ${i}] = key${p}_${i}; d${v}at${p} + ${i}] = value${p}_${i};`)} }`)}
}`;
}

/** @returns the gradients by q, k and v, or the one by all three */
export function attentionBackward(
  inputs: AttentionInputs & { dy: TensorInfo; y: TensorInfo; logSum: TensorInfo },
  layout: AttentionLayout,
  scale: number,
  causal: boolean,
): TensorInfo[] {
  const frame = frameOf(layout, 2, causal);
  const { type, lanes, variant, ints, grid, entry, helpers } = frame;
  const span = unitSpan(frame);
  const { dy, y, logSum } = inputs;
  const result = { shape: shapeOf(layout), element: type };
  return runProgram({
    label: 'attention.backward',
    variant,
    ints,
    floats: { scale },
    outputs: 'qkv' in inputs ? { dqkv: { shape: inputs.qkv.shape, element: type } } : { dq: result, dk: result, dv: result },
    inputs: { ...bindingsOf(inputs, type), dy: { tensor: dy, element: type }, y: { tensor: y, element: type }, logSum: { tensor: logSum } },
    enables: lanes ? ['subgroups'] : [],
    body: () => /* wgsl */ `
${helpers}
${queryGradient(frame, causal)}
${keyAndValueGradient(frame, causal)}
${entry}
  if (unit < dims.units) { queryGradient(unit / dims.blocks, unit % dims.blocks * ${span}, place); return; }
  let key = unit - dims.units;
  if (key < dims.units) { keyAndValueGradient(key / dims.blocks, key % dims.blocks * ${span}, place); }
}`,
    workgroups: grid.workgroups,
  });
}
