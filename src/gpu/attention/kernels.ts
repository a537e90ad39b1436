/**
 * Attention without a matrix of weights in memory: a thread owns a position (two where loads are dear), walks over the
 * others, and keeps a running softmax (its maximum, its sum, the weighted sum of values). The backward pass recomputes
 * the weights from the saved log-sum-exp. One dispatch each way, no barriers. `weights.ts` has the backward pass for
 * CPUs, which works the weights out once.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { runProgram } from '../kernel/program';
import {
  bindingsOf,
  frameOf,
  ownPlaces,
  pairOperations,
  pieces,
  unitSpan,
  type AttentionInputs,
  type BackwardInputs,
  type Frame,
} from './frame';
import { shapeOf, type AttentionLayout } from './layout';
import { queryGradient } from './queryGradient';
import { backwardFromWeights, keepsWeights } from './weights';

/** @returns the result, and the log-sum-exp of each position's logits, [B, H, T] */
export function attentionForward(
  inputs: AttentionInputs,
  layout: AttentionLayout,
  scale: number,
  causal: boolean,
): TensorInfo[] {
  const frame = frameOf(layout, 1, causal);
  const { type, owned, lanes, variant, ints, workgroups, entry, helpers, q, k, v } = frame;
  const { each, own, loadShared, inner } = pieces(frame);
  const allowed = (p: number, logit: string): string =>
    causal ? `select(-3.0e38, ${logit}, other <= position${p})` : logit;
  return runProgram({
    label: 'attention.forward',
    operations: pairOperations(layout, 2),
    variant,
    ints,
    floats: { scale },
    outputs: {
      y: { shape: shapeOf(layout), element: type },
      logSum: { shape: [layout.batch, layout.heads, layout.length] },
    },
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
    workgroups,
  });
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
  inputs: BackwardInputs,
  layout: AttentionLayout,
  scale: number,
  causal: boolean,
): TensorInfo[] {
  if (keepsWeights(layout)) return backwardFromWeights(inputs, layout, scale, causal);
  const frame = frameOf(layout, 2, causal);
  const { type, lanes, variant, ints, workgroups, entry, helpers } = frame;
  const span = unitSpan(frame);
  const { dy, y, logSum } = inputs;
  const result = { shape: shapeOf(layout), element: type };
  return runProgram({
    label: 'attention.backward',
    operations: pairOperations(layout, 8),
    variant,
    ints,
    floats: { scale },
    outputs:
      'qkv' in inputs ? { dqkv: { shape: inputs.qkv.shape, element: type } } : { dq: result, dk: result, dv: result },
    inputs: {
      ...bindingsOf(inputs, type),
      dy: { tensor: dy, element: type },
      y: { tensor: y, element: type },
      logSum: { tensor: logSum },
    },
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
    workgroups,
  });
}
