/** Einsum and gatherND, which the library does not differentiate at all. */
import {
  broadcastTo,
  clone,
  einsum,
  mul,
  reshape,
  sum,
  tensor1d,
  unsortedSegmentSum,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { overrideGradient } from '../kernel/op';
import type { Gradient } from './register';

/**
 * The gradient of a contraction by one operand is the contraction of dy with the other. An index that this operand
 * alone has was summed over, so there the gradient repeats.
 */
function byOperand(
  k: number,
  operands: readonly Tensor[],
  terms: readonly string[],
  result: string,
  dy: Tensor,
): Tensor {
  const own = terms[k] ?? '';
  const otherTerm = terms[1 - k];
  const other = operands[1 - k];
  const shape = (operands[k] as Tensor).shape;
  const kept = [...own].filter((label) => result.includes(label) || otherTerm?.includes(label)).join('');
  const contracted = (): Tensor => {
    if (other) return einsum(`${result},${otherTerm}->${kept}`, dy, other);
    return kept === result ? clone(dy) : einsum(`${result}->${kept}`, dy);
  };
  if (kept === own) return contracted();
  return broadcastTo(
    reshape(
      contracted(),
      shape.map((size, i) => (kept.includes(own[i] ?? '') ? size : 1)),
    ),
    shape,
  );
}

function registerEinsum(): void {
  overrideGradient('Einsum', {
    saveAllInputs: true,
    gradFunc: (dy, saved, attrs): Gradient => {
      const [left = '', result = ''] = (attrs as unknown as { equation: string }).equation
        .replaceAll(/\s/g, '')
        .split('->');
      const terms = left.split(',');
      return Object.fromEntries(terms.map((_, k) => [`${k}`, () => byOperand(k, saved, terms, result, dy as Tensor)]));
    },
  });
}

/** Rows picked by index tuples: the gradient adds each row of dy to the row it came from, in order. */
function registerGatherNd(): void {
  overrideGradient('GatherNd', {
    inputsToSave: ['params', 'indices'],
    gradFunc: (dy, saved): Gradient => {
      const [params, indices] = saved as [Tensor, Tensor];
      return {
        params: () => {
          const depth = indices.shape.at(-1) ?? 1;
          const prefix = params.shape.slice(0, depth);
          const rest = params.shape.slice(depth);
          const rows = indices.size / depth;
          const strides = prefix.map((_, i) => prefix.slice(i + 1).reduce((a, b) => a * b, 1));
          const flat = sum(mul(reshape(indices, [rows, depth]), tensor1d(strides, 'int32')), 1);
          const sums = unsortedSegmentSum(
            reshape(dy as Tensor, [rows, ...rest]),
            flat as Tensor as ReturnType<typeof tensor1d>,
            prefix.reduce((a, b) => a * b, 1),
          );
          return reshape(sums, params.shape);
        },
      };
    },
  });
}

export function registerContraction(): void {
  registerEinsum();
  registerGatherNd();
}
