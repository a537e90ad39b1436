/**
 * Attention without a matrix of weights in memory: a thread owns a position (two where loads are dear), walks over the others, and keeps a running softmax
 * (its maximum, its sum, the weighted sum of values). The backward pass recomputes the weights from the saved log-sum-exp. One dispatch each
 * way, no barriers. Queries, keys and values are three tensors, or lie side by side in one (layout `joint`).
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { linearGrid, type LinearGrid } from '../dispatch';
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
  variant: string;
  ints: Record<string, number>;
  grid: LinearGrid;
  /** WGSL: index of a head's first element, in the inputs and in the result, and the steps from position to position. */
  helpers: string;
  /** Names of the tensors that hold queries, keys and values (or their gradients), and where in a row each begins. */
  q: string;
  k: string;
  v: string;
}

function frameOf(layout: AttentionLayout, passes: number, causal: boolean): Frame {
  const { batch, heads, length, width } = layout;
  const vector = width % 4 === 0;
  const lanes = vector ? 4 : 1;
  const { stepBatch, stepHead, stepPosition } = stridesOf(layout);
  const owned = tuning().workgroupMemory ? 1 : 2;
  const blocks = Math.ceil(length / owned);
  const threads = batch * heads * blocks;
  const joint = layout.joint === true;
  const times = joint ? '3 * ' : '';
  return {
    type: vector ? 'vec4<f32>' : 'f32',
    across: width / lanes,
    owned,
    variant: `${width}x${owned}${causal ? 'c' : ''}${joint ? 'j' : ''}`,
    ints: { threads, blocks, length, heads, stepBatch: stepBatch / lanes, stepHead: stepHead / lanes, stepPosition: stepPosition / lanes },
    grid: linearGrid(threads * passes, 32),
    helpers: /* wgsl */ `
fn headAt(group: i32) -> i32 { return group / dims.heads * ${times}dims.stepBatch + group % dims.heads * dims.stepHead; }
fn resultHeadAt(group: i32) -> i32 { return group / dims.heads * dims.stepBatch + group % dims.heads * dims.stepHead; }
fn rowStep() -> i32 { return ${times}dims.stepPosition; }`,
    ...(joint ? { q: 'qkv[', k: 'qkv[dims.stepPosition + ', v: 'qkv[2 * dims.stepPosition + ' } : { q: 'q[', k: 'k[', v: 'v[' }),
  };
}

/** The inputs as bindings. */
function bindingsOf(inputs: AttentionInputs, element: Frame['type']): Record<string, InputBinding> {
  return 'qkv' in inputs ? { qkv: { tensor: inputs.qkv, element } } : { q: { tensor: inputs.q, element }, k: { tensor: inputs.k, element }, v: { tensor: inputs.v, element } };
}

/** WGSL pieces for rows that live in registers, unrolled. */
function pieces({ type, across, owned }: Frame): {
  each: (statement: (i: number) => string) => string;
  own: (statement: (p: number) => string) => string;
  load: (name: string, array: string, at: string) => string;
  inner: (a: string, b: string) => string;
} {
  const all = (n: number, statement: (i: number) => string): string => Array.from({ length: n }, (_, i) => statement(i)).join(' ');
  const each = (statement: (i: number) => string): string => all(across, statement);
  return {
    each,
    own: (statement) => all(owned, statement),
    load: (name, array, at) => each((i) => `let ${name}_${i} = ${array}${at} + ${i}];`),
    inner: (a, b) => Array.from({ length: across }, (_, i) => (type === 'f32' ? `${a}_${i} * ${b}_${i}` : `dot(${a}_${i}, ${b}_${i})`)).join(' + '),
  };
}

/** Statements that declare `position0..` (the last may lie past the end, and then works on the end again) and the rows' places. */
const ownPlaces = (p: number): string => /* wgsl */ `
  let position${p} = min(block + ${p}, dims.length - 1);
  let at${p} = head + position${p} * rowStep(); let result${p} = resultHead + position${p} * dims.stepPosition;`;

/** @returns the result, and the log-sum-exp of each position's logits, [B, H, T] */
export function attentionForward(inputs: AttentionInputs, layout: AttentionLayout, scale: number, causal: boolean): TensorInfo[] {
  const frame = frameOf(layout, 1, causal);
  const { type, owned, variant, ints, grid, helpers, q, k, v } = frame;
  const { each, own, load, inner } = pieces(frame);
  const allowed = (p: number, logit: string): string => (causal ? `select(-3.0e38, ${logit}, other <= position${p})` : logit);
  return runProgram({
    label: 'attention.forward',
    variant,
    ints,
    floats: { scale },
    outputs: { y: { shape: shapeOf(layout), element: type }, logSum: { shape: [layout.batch, layout.heads, layout.length] } },
    inputs: bindingsOf(inputs, type),
    body: () => /* wgsl */ `
${helpers}
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  let thread = i32(index);
  if (thread >= dims.threads) { return; }
  let group = thread / dims.blocks;
  let block = thread % dims.blocks * ${owned};
  let head = headAt(group);
  let resultHead = resultHeadAt(group);
  ${own(ownPlaces)}
  ${own((p) => `${each((i) => `let q${p}_${i} = ${q}at${p} + ${i}] * dims.scale; var sum${p}_${i} = ${type}(0.0);`)} var most${p} = -3.0e38; var weights${p} = 0.0;`)}
  var there = head;
  let end = ${causal ? `position${owned - 1} + 1` : 'dims.length'};
  for (var other = 0; other < end; other++) {
    ${load('k', k, 'there')} ${load('v', v, 'there')}
    ${own(
      (p) => /* wgsl */ `{
      let logit = ${allowed(p, inner(`q${p}`, 'k'))};
      let higher = max(most${p}, logit);
      let shrink = exp(most${p} - higher);
      let weight = exp(logit - higher);
      most${p} = higher;
      weights${p} = weights${p} * shrink + weight;
      ${each((i) => `sum${p}_${i} = sum${p}_${i} * shrink + weight * v_${i};`)}
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
  const { each, own, load, inner } = pieces(frame);
  return /* wgsl */ `
fn queryGradient(group: i32, block: i32) {
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
  let end = ${causal ? `position${owned - 1} + 1` : 'dims.length'};
  for (var other = 0; other < end; other++) {
    ${load('k', k, 'there')} ${load('v', v, 'there')}
    ${own(
      (p) => /* wgsl */ `{
      let weight = ${causal ? `select(0.0, 1.0, other <= position${p}) * ` : ''}exp(min(dims.scale * (${inner(`q${p}`, 'k')}) - shift${p}, 0.0));
      let slope = dims.scale * weight * (${inner(`dy${p}`, 'v')} - mean${p});
      ${each((i) => `sum${p}_${i} += slope * k_${i};`)}
    }`,
    )}
    there += rowStep();
  }
  ${own((p) => `if (block + ${p} < dims.length) { ${each((i) => `d${q}at${p} + ${i}] = sum${p}_${i};`)} }`)}
}`;
}

function keyAndValueGradient(frame: Frame, causal: boolean): string {
  const { type, q, k, v } = frame;
  const { each, own, load, inner } = pieces(frame);
  return /* wgsl */ `
fn keyAndValueGradient(group: i32, block: i32) {
  let head = headAt(group);
  let resultHead = resultHeadAt(group);
  ${own(ownPlaces)}
  ${own((p) => `${load(`k${p}`, k, `at${p}`)} ${load(`v${p}`, v, `at${p}`)} ${each((i) => `var key${p}_${i} = ${type}(0.0); var value${p}_${i} = ${type}(0.0);`)}`)}
  let start = ${causal ? 'position0' : '0'};
  var there = head + start * rowStep();
  var result = resultHead + start * dims.stepPosition;
  for (var other = start; other < dims.length; other++) {
    ${load('q', q, 'there')} ${load('dy', 'dy[', 'result')} ${load('y', 'y[', 'result')}
    let shift = logSum[group * dims.length + other];
    let mean = ${inner('dy', 'y')};
    ${own(
      (p) => /* wgsl */ `{
      let weight = ${causal ? `select(0.0, 1.0, other >= position${p}) * ` : ''}exp(min(dims.scale * (${inner('q', `k${p}`)}) - shift, 0.0));
      let slope = dims.scale * weight * (${inner('dy', `v${p}`)} - mean);
      ${each((i) => `key${p}_${i} += slope * q_${i}; value${p}_${i} += weight * dy_${i};`)}
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
  const { type, owned, variant, ints, grid, helpers } = frame;
  const { dy, y, logSum } = inputs;
  const result = { shape: shapeOf(layout), element: type };
  return runProgram({
    label: 'attention.backward',
    variant,
    ints,
    floats: { scale },
    outputs: 'qkv' in inputs ? { dqkv: { shape: inputs.qkv.shape, element: type } } : { dq: result, dk: result, dv: result },
    inputs: { ...bindingsOf(inputs, type), dy: { tensor: dy, element: type }, y: { tensor: y, element: type }, logSum: { tensor: logSum } },
    body: () => /* wgsl */ `
${helpers}
${queryGradient(frame, causal)}
${keyAndValueGradient(frame, causal)}
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  let thread = i32(index);
  if (thread < dims.threads) { queryGradient(thread / dims.blocks, thread % dims.blocks * ${owned}); return; }
  let key = thread - dims.threads;
  if (key < dims.threads) { keyAndValueGradient(key / dims.blocks, key % dims.blocks * ${owned}); }
}`,
    workgroups: grid.workgroups,
  });
}
