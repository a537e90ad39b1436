/**
 * Attention without a matrix of weights in memory: a thread owns one position, walks over the others, and keeps a running softmax
 * (its maximum, its sum, the weighted sum of values). The backward pass recomputes the weights from the saved log-sum-exp. One dispatch each
 * way, no barriers. Queries, keys and values are three tensors, or lie side by side in one (layout `joint`).
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { linearGrid, type LinearGrid } from '../dispatch';
import { runProgram, type InputBinding } from '../program';
import { shapeOf, stridesOf, type AttentionLayout } from './layout';

/** Queries, keys and values: a tensor each, or one that holds all three. */
export type AttentionInputs = { q: TensorInfo; k: TensorInfo; v: TensorInfo } | { qkv: TensorInfo };

interface Frame {
  type: 'f32' | 'vec4<f32>';
  /** Elements of a head's row. */
  across: number;
  variant: string;
  ints: Record<string, number>;
  grid: LinearGrid;
  /** WGSL: index of a row's first element from (batch * heads + head, position), in the inputs and in the result. */
  helpers: string;
  /** Names of the tensors that hold queries, keys and values (or their gradients), and where in a row each begins. */
  q: string;
  k: string;
  v: string;
}

function frameOf(layout: AttentionLayout, rowsAPosition: number, causal: boolean): Frame {
  const { batch, heads, length, width } = layout;
  const vector = width % 4 === 0;
  const lanes = vector ? 4 : 1;
  const { stepBatch, stepHead, stepPosition } = stridesOf(layout);
  const rows = batch * heads * length;
  const joint = layout.joint === true;
  const times = joint ? '3 * ' : '';
  return {
    type: vector ? 'vec4<f32>' : 'f32',
    across: width / lanes,
    variant: `${width}${causal ? 'c' : ''}${joint ? 'j' : ''}`,
    ints: { rows, length, heads, stepBatch: stepBatch / lanes, stepHead: stepHead / lanes, stepPosition: stepPosition / lanes },
    grid: linearGrid(rows * rowsAPosition, 32),
    helpers: /* wgsl */ `
fn rowAt(group: i32, position: i32) -> i32 { return group / dims.heads * ${times}dims.stepBatch + group % dims.heads * dims.stepHead + position * ${times}dims.stepPosition; }
fn resultAt(group: i32, position: i32) -> i32 { return group / dims.heads * dims.stepBatch + group % dims.heads * dims.stepHead + position * dims.stepPosition; }`,
    ...(joint ? { q: 'qkv[', k: 'qkv[dims.stepPosition + ', v: 'qkv[2 * dims.stepPosition + ' } : { q: 'q[', k: 'k[', v: 'v[' }),
  };
}

/** The inputs as bindings. */
function bindingsOf(inputs: AttentionInputs, element: Frame['type']): Record<string, InputBinding> {
  return 'qkv' in inputs ? { qkv: { tensor: inputs.qkv, element } } : { q: { tensor: inputs.q, element }, k: { tensor: inputs.k, element }, v: { tensor: inputs.v, element } };
}

/** One statement for each element of a row, unrolled: rows live in registers. */
function each(across: number, statement: (i: number) => string): string {
  return Array.from({ length: across }, (_, i) => statement(i)).join(' ');
}

/** WGSL for the inner product of two rows, given their elements. */
function inner(type: string, across: number, a: (i: number) => string, b: (i: number) => string): string {
  const terms = Array.from({ length: across }, (_, i) => (type === 'f32' ? `${a(i)} * ${b(i)}` : `dot(${a(i)}, ${b(i)})`));
  return terms.join(' + ');
}

/** @returns the result, and the log-sum-exp of each position's logits, [B, H, T] */
export function attentionForward(inputs: AttentionInputs, layout: AttentionLayout, scale: number, causal: boolean): TensorInfo[] {
  const { type, across, variant, ints, grid, helpers, q, k, v } = frameOf(layout, 1, causal);
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
  let row = i32(index);
  if (row >= dims.rows) { return; }
  let group = row / dims.length;
  let position = row % dims.length;
  let at = rowAt(group, position);
  ${each(across, (i) => `let q${i} = ${q}at + ${i}] * dims.scale; var sum${i} = ${type}(0.0);`)}
  var most = -3.0e38;
  var weights = 0.0;
  for (var other = 0; other < ${causal ? 'position + 1' : 'dims.length'}; other++) {
    let there = rowAt(group, other);
    let logit = ${inner(type, across, (i) => `q${i}`, (i) => `${k}there + ${i}]`)};
    let higher = max(most, logit);
    let shrink = exp(most - higher);
    let weight = exp(logit - higher);
    most = higher;
    weights = weights * shrink + weight;
    ${each(across, (i) => `sum${i} = sum${i} * shrink + weight * ${v}there + ${i}];`)}
  }
  let to = resultAt(group, position);
  ${each(across, (i) => `y[to + ${i}] = sum${i} / weights;`)}
  logSum[row] = most + log(weights);
}`,
    workgroups: grid.workgroups,
  });
}

/** @returns the gradients by q, k and v, or the one by all three */
export function attentionBackward(
  inputs: AttentionInputs & { dy: TensorInfo; y: TensorInfo; logSum: TensorInfo },
  layout: AttentionLayout,
  scale: number,
  causal: boolean,
): TensorInfo[] {
  const { type, across, variant, ints, grid, helpers, q, k, v } = frameOf(layout, 2, causal);
  const shape = shapeOf(layout);
  const { dy, y, logSum } = inputs;
  const result = { shape, element: type };
  const load = (name: string, row: string, at: string): string => each(across, (i) => `let ${name}${i} = ${row}${at} + ${i}];`);
  const product = (a: string, b: string): string => inner(type, across, (i) => `${a}${i}`, (i) => `${b}${i}`);
  return runProgram({
    label: 'attention.backward',
    variant,
    ints,
    floats: { scale },
    outputs: 'qkv' in inputs ? { dqkv: { shape: inputs.qkv.shape, element: type } } : { dq: result, dk: result, dv: result },
    inputs: { ...bindingsOf(inputs, type), dy: { tensor: dy, element: type }, y: { tensor: y, element: type }, logSum: { tensor: logSum } },
    body: () => /* wgsl */ `
${helpers}
fn queryGradient(group: i32, position: i32) {
  let at = rowAt(group, position);
  let result = resultAt(group, position);
  ${load('q', q, 'at')} ${load('dy', 'dy[', 'result')}
  let shift = logSum[group * dims.length + position];
  let mean = ${inner(type, across, (i) => `dy${i}`, (i) => `y[result + ${i}]`)};
  ${each(across, (i) => `var sum${i} = ${type}(0.0);`)}
  for (var other = 0; other < ${causal ? 'position + 1' : 'dims.length'}; other++) {
    let there = rowAt(group, other);
    ${load('k', k, 'there')} ${load('v', v, 'there')}
    let weight = exp(dims.scale * (${product('q', 'k')}) - shift);
    let slope = dims.scale * weight * (${product('dy', 'v')} - mean);
    ${each(across, (i) => `sum${i} += slope * k${i};`)}
  }
  ${each(across, (i) => `d${q}at + ${i}] = sum${i};`)}
}
fn keyAndValueGradient(group: i32, position: i32) {
  let at = rowAt(group, position);
  ${load('k', k, 'at')} ${load('v', v, 'at')}
  ${each(across, (i) => `var key${i} = ${type}(0.0); var value${i} = ${type}(0.0);`)}
  for (var other = ${causal ? 'position' : '0'}; other < dims.length; other++) {
    let there = rowAt(group, other);
    let result = resultAt(group, other);
    ${load('q', q, 'there')} ${load('dy', 'dy[', 'result')}
    let weight = exp(dims.scale * (${product('q', 'k')}) - logSum[group * dims.length + other]);
    let mean = ${inner(type, across, (i) => `dy${i}`, (i) => `y[result + ${i}]`)};
    let slope = dims.scale * weight * (${product('dy', 'v')} - mean);
    ${each(across, (i) => `key${i} += slope * q${i}; value${i} += weight * dy${i};`)}
  }
  ${each(across, (i) => `d${k}at + ${i}] = key${i}; d${v}at + ${i}] = value${i};`)}
}
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  let row = i32(index);
  if (row < dims.rows) { queryGradient(row / dims.length, row % dims.length); return; }
  let key = row - dims.rows;
  if (key < dims.rows) { keyAndValueGradient(key / dims.length, key % dims.length); }
}`,
    workgroups: grid.workgroups,
  });
}
