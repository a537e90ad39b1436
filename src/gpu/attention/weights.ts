/**
 * The backward pass where subgroups are vector registers of a CPU: the first dispatch works out every weight and its
 * slope (the derivative by the logit) once, for the gradient by queries, and leaves them in a scratch tensor, B * H * T
 * * T pairs; the second makes the gradients by keys and values from them. Five products of heads instead of seven. On a
 * GPU the traffic would cost more than the two products, and for long sequences the scratch tensor would not fit
 * (`mostBytes`).
 *
 * The second dispatch is two products of matrices, slopes^T q and weights^T dy: a workgroup is one subgroup and owns
 * some keys of a head. Its lanes lie along the features, so that every loaded row serves all its keys, and the pairs
 * reach all lanes by broadcast.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { disposeInfo } from '../kernel/dispatch';
import type { Lanes } from '../gemm/lanes';
import { runProgram } from '../kernel/program';
import { bindingsOf, frameOf, pairOperations, unitGrid, unitSpan, type BackwardInputs, type Frame } from './frame';
import { shapeOf, type AttentionLayout } from './layout';
import { queryGradient } from './queryGradient';

/** Scratch memory that one call may take, in bytes; longer sequences work the weights out anew. */
const mostBytes = 32 << 20;

const pairBytes = 8;

/** Whether the device is of the kind that gains, and the scratch tensor small enough. */
export function keepsWeights(layout: AttentionLayout): boolean {
  const { batch, heads, length } = layout;
  return frameOf(layout, 1, false).lanes !== 0 && batch * heads * length * length * pairBytes <= mostBytes;
}

/** Keys of a workgroup: as even as can be, so that the last one is not left with few. */
function keysEach(length: number, lanes: Lanes): number {
  return Math.ceil(length / Math.ceil(length / (2 * lanes)));
}

interface Made {
  dq: TensorInfo;
  /**
   * [B * H, T, T] pairs of weight and slope, rows by queries. A causal head's pairs with later keys may be left as they
   * are.
   */
  pairs: TensorInfo;
}

function queriesAndPairs(inputs: BackwardInputs, layout: AttentionLayout, scale: number, causal: boolean): Made {
  const frame = frameOf(layout, 1, causal);
  const { type, variant, ints, workgroups, entry, helpers } = frame;
  const { dy, y, logSum } = inputs;
  const { batch, heads, length } = layout;
  const keep = (p: number): string =>
    `if (block + ${p} < dims.length) { let pair = 2 * ((group * dims.length + position${p}) * dims.length + other); pairs[pair] = weight; pairs[pair + 1] = slope; }`;
  const [dq, pairs] = runProgram({
    label: 'attention.backward',
    operations: pairOperations(layout, 3),
    variant: `${variant}w`,
    ints,
    floats: { scale },
    outputs: {
      ...('qkv' in inputs
        ? { dqkv: { shape: inputs.qkv.shape, element: type } }
        : { dq: { shape: shapeOf(layout), element: type } }),
      pairs: { shape: [batch * heads, length, length, 2] },
    },
    inputs: {
      ...bindingsOf(inputs, type),
      dy: { tensor: dy, element: type },
      y: { tensor: y, element: type },
      logSum: { tensor: logSum },
    },
    enables: ['subgroups'],
    body: () => /* wgsl */ `
${helpers}
${queryGradient(frame, causal, keep)}
${entry}
  if (unit < dims.units) { queryGradient(unit / dims.blocks, unit % dims.blocks * ${unitSpan(frame)}, place); }
}`,
    workgroups,
  }) as [TensorInfo, TensorInfo];
  return { dq, pairs };
}

const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

function keysAndValuesBody(
  { type, across, entry, helpers, q, k, v }: Frame,
  lanes: Lanes,
  keys: number,
  causal: boolean,
): string {
  const parts = count(Math.ceil(across / lanes));
  const each = (statement: (key: number, part: number) => string): string =>
    count(keys)
      .map((key) => parts.map((part) => statement(key, part)).join(' '))
      .join('\n    ');
  const feature = (part: number): string => `min(${part * lanes} + place, ${across - 1})`;
  const loads = count(Math.ceil(keys / lanes));
  const allowed = (r: number, value: string): string =>
    causal ? `select(0.0, ${value}, first + ${r * lanes} + place <= query)` : value;
  return /* wgsl */ `
${helpers}
${entry}
  if (unit >= dims.units) { return; }
  let group = unit / dims.blocks;
  let first = unit % dims.blocks * ${keys};
  let head = headAt(group);
  let resultHead = resultHeadAt(group);
  ${each((key, part) => `var key${key}_${part} = ${type}(0.0); var value${key}_${part} = ${type}(0.0);`)}
  let start = ${causal ? 'first' : '0'};
  var there = head + start * rowStep();
  var result = resultHead + start * dims.stepPosition;
  for (var query = start; query < dims.length; query++) {
    let row = (group * dims.length + query) * dims.length;
    ${parts.map((part) => `let q_${part} = ${q}there + ${feature(part)}]; let dy_${part} = dy[result + ${feature(part)}];`).join(' ')}
    ${loads.map((r) => `let pair${r} = 2 * (row + min(first + ${r * lanes} + place, dims.length - 1)); let weight${r} = ${allowed(r, `pairs[pair${r}]`)}; let slope${r} = ${allowed(r, `pairs[pair${r} + 1]`)};`).join(' ')}
    ${count(keys)
      .map((key) => {
        const from = (name: string): string => `subgroupBroadcast(${name}${Math.floor(key / lanes)}, ${key % lanes}u)`;
        return `{ let weight = ${type}(${from('weight')}); let slope = ${type}(${from('slope')}); ${parts.map((part) => `key${key}_${part} = fma(slope, q_${part}, key${key}_${part}); value${key}_${part} = fma(weight, dy_${part}, value${key}_${part});`).join(' ')} }`;
      })
      .join('\n    ')}
    there += rowStep();
    result += dims.stepPosition;
  }
  ${parts
    .map(
      (part) =>
        `if (${part * lanes} + place < ${across}) { ${count(keys)
          .map(
            (key) =>
              `if (first + ${key} < dims.length) { let at = head + (first + ${key}) * rowStep() + ${part * lanes} + place; d${k}at] = key${key}_${part}; d${v}at] = value${key}_${part}; }`,
          )
          .join('\n    ')} }`,
    )
    .join('\n  ')}
}`;
}

/** The same contract as `attentionBackward`. */
export function backwardFromWeights(
  inputs: BackwardInputs,
  layout: AttentionLayout,
  scale: number,
  causal: boolean,
): TensorInfo[] {
  const { dq, pairs } = queriesAndPairs(inputs, layout, scale, causal);
  const frame = frameOf(layout, 1, causal);
  const { type, variant, ints } = frame;
  const lanes = frame.lanes as Lanes;
  const keys = keysEach(layout.length, lanes);
  const blocks = Math.ceil(layout.length / keys);
  const units = layout.batch * layout.heads * blocks;
  const result = { shape: shapeOf(layout), element: type };
  const made = runProgram({
    label: 'attention.backwardKeys',
    operations: pairOperations(layout, 2),
    variant: `${variant}k${keys}`,
    ints: { ...ints, units, blocks },
    ...('qkv' in inputs
      ? { inPlace: { dqkv: { tensor: dq, element: type } } }
      : { outputs: { dk: result, dv: result } }),
    inputs: {
      ...('qkv' in inputs ? bindingsOf(inputs, type) : { q: { tensor: inputs.q, element: type } }),
      dy: { tensor: inputs.dy, element: type },
      pairs: { tensor: pairs },
    },
    enables: ['subgroups'],
    body: () => keysAndValuesBody(frame, lanes, keys, causal),
    workgroups: unitGrid(units, lanes),
  });
  disposeInfo(pairs);
  return [dq, ...made];
}
