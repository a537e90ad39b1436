/**
 * Attention without a matrix of weights in memory: a thread owns one position, walks over the others, and keeps a running softmax
 * (its maximum, its sum, the weighted sum of values). The backward pass recomputes the weights from the saved log-sum-exp. One dispatch each
 * way, no barriers.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { linearGrid, type LinearGrid } from '../dispatch';
import { runProgram } from '../program';
import { shapeOf, stridesOf, type AttentionLayout } from './layout';

interface Frame {
  type: 'f32' | 'vec4<f32>';
  /** Elements of a head's row. */
  across: number;
  variant: string;
  ints: Record<string, number>;
  grid: LinearGrid;
  /** WGSL: index of a row's first element from (batch * heads + head, position). */
  helpers: string;
}

function frameOf(layout: AttentionLayout, rowsAPosition: number, causal: boolean): Frame {
  const { batch, heads, length, width } = layout;
  const vector = width % 4 === 0;
  const lanes = vector ? 4 : 1;
  const { stepBatch, stepHead, stepPosition } = stridesOf(layout);
  const rows = batch * heads * length;
  return {
    type: vector ? 'vec4<f32>' : 'f32',
    across: width / lanes,
    variant: `${width}${causal ? 'c' : ''}`,
    ints: { rows, length, heads, stepBatch: stepBatch / lanes, stepHead: stepHead / lanes, stepPosition: stepPosition / lanes },
    grid: linearGrid(rows * rowsAPosition, 32),
    helpers: 'fn rowAt(group: i32, position: i32) -> i32 { return group / dims.heads * dims.stepBatch + group % dims.heads * dims.stepHead + position * dims.stepPosition; }',
  };
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
export function attentionForward(q: TensorInfo, k: TensorInfo, v: TensorInfo, layout: AttentionLayout, scale: number, causal: boolean): TensorInfo[] {
  const { type, across, variant, ints, grid, helpers } = frameOf(layout, 1, causal);
  return runProgram({
    label: 'attention.forward',
    variant,
    ints,
    floats: { scale },
    outputs: { y: { shape: shapeOf(layout), element: type }, logSum: { shape: [layout.batch, layout.heads, layout.length] } },
    inputs: { q: { tensor: q, element: type }, k: { tensor: k, element: type }, v: { tensor: v, element: type } },
    body: () => /* wgsl */ `
${helpers}
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  let row = i32(index);
  if (row >= dims.rows) { return; }
  let group = row / dims.length;
  let position = row % dims.length;
  let at = rowAt(group, position);
  ${each(across, (i) => `let q${i} = q[at + ${i}] * dims.scale; var sum${i} = ${type}(0.0);`)}
  var most = -3.0e38;
  var weights = 0.0;
  for (var other = 0; other < ${causal ? 'position + 1' : 'dims.length'}; other++) {
    let there = rowAt(group, other);
    let logit = ${inner(type, across, (i) => `q${i}`, (i) => `k[there + ${i}]`)};
    let higher = max(most, logit);
    let shrink = exp(most - higher);
    let weight = exp(logit - higher);
    most = higher;
    weights = weights * shrink + weight;
    ${each(across, (i) => `sum${i} = sum${i} * shrink + weight * v[there + ${i}];`)}
  }
  ${each(across, (i) => `y[at + ${i}] = sum${i} / weights;`)}
  logSum[row] = most + log(weights);
}`,
    workgroups: grid.workgroups,
  });
}

/** @returns the gradients by q, k and v */
export function attentionBackward(
  inputs: { q: TensorInfo; k: TensorInfo; v: TensorInfo; dy: TensorInfo; y: TensorInfo; logSum: TensorInfo },
  layout: AttentionLayout,
  scale: number,
  causal: boolean,
): TensorInfo[] {
  const { type, across, variant, ints, grid, helpers } = frameOf(layout, 2, causal);
  const shape = shapeOf(layout);
  const { q, k, v, dy, y, logSum } = inputs;
  const load = (name: string, at: string): string => each(across, (i) => `let ${name}${i} = ${name}[${at} + ${i}];`);
  const product = (a: string, b: string): string => inner(type, across, (i) => `${a}${i}`, (i) => `${b}${i}`);
  return runProgram({
    label: 'attention.backward',
    variant,
    ints,
    floats: { scale },
    outputs: { dq: { shape, element: type }, dk: { shape, element: type }, dv: { shape, element: type } },
    inputs: {
      q: { tensor: q, element: type },
      k: { tensor: k, element: type },
      v: { tensor: v, element: type },
      dy: { tensor: dy, element: type },
      y: { tensor: y, element: type },
      logSum: { tensor: logSum },
    },
    body: () => /* wgsl */ `
${helpers}
fn queryGradient(group: i32, position: i32) {
  let at = rowAt(group, position);
  ${load('q', 'at')} ${load('dy', 'at')}
  let shift = logSum[group * dims.length + position];
  let mean = ${inner(type, across, (i) => `dy${i}`, (i) => `y[at + ${i}]`)};
  ${each(across, (i) => `var sum${i} = ${type}(0.0);`)}
  for (var other = 0; other < ${causal ? 'position + 1' : 'dims.length'}; other++) {
    let there = rowAt(group, other);
    ${load('k', 'there')} ${load('v', 'there')}
    let weight = exp(dims.scale * (${product('q', 'k')}) - shift);
    let slope = dims.scale * weight * (${product('dy', 'v')} - mean);
    ${each(across, (i) => `sum${i} += slope * k${i};`)}
  }
  ${each(across, (i) => `dq[at + ${i}] = sum${i};`)}
}
fn keyAndValueGradient(group: i32, position: i32) {
  let at = rowAt(group, position);
  ${load('k', 'at')} ${load('v', 'at')}
  ${each(across, (i) => `var key${i} = ${type}(0.0); var value${i} = ${type}(0.0);`)}
  for (var other = ${causal ? 'position' : '0'}; other < dims.length; other++) {
    let there = rowAt(group, other);
    ${load('q', 'there')} ${load('dy', 'there')}
    let weight = exp(dims.scale * (${product('q', 'k')}) - logSum[group * dims.length + other]);
    let mean = ${inner(type, across, (i) => `dy${i}`, (i) => `y[there + ${i}]`)};
    let slope = dims.scale * weight * (${product('dy', 'v')} - mean);
    ${each(across, (i) => `key${i} += slope * q${i}; value${i} += weight * dy${i};`)}
  }
  ${each(across, (i) => `dk[at + ${i}] = key${i}; dv[at + ${i}] = value${i};`)}
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
