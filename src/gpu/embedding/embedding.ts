/**
 * Embeddings from a table, by weights or by index. Either gradient is deterministic: the stock gather adds up its
 * gradient with float atomics, in another order each time.
 */
import { matMul } from '../matmul/matmul';
import { gather, type Tensor1D, type Tensor2D } from '../tensor';

/**
 * Mixtures of rows: `u table`, one matrix product each way. Differentiable to any order by both.
 * @param u [B, S] weights, e.g. conditions in simplex(S)
 * @param table [S, E]
 * @returns [B, E]
 * @throws RangeError if shapes do not fit
 */
export function mixEmbeddings(u: Tensor2D, table: Tensor2D): Tensor2D {
  if (u.shape[1] !== table.shape[0])
    throw new RangeError(`mixEmbeddings: weights [${u.shape.join()}] for a table of [${table.shape.join()}]`);
  return matMul(u, table);
}

/**
 * Rows by number. The gradient sums, for each row of the table, over the picks in their order (`segmentSum.ts`).
 * Differentiable to any order by the table.
 * @param indices [B] int32, each in [0, S)
 * @param table [S, E]
 * @returns [B, E]
 * @throws RangeError if the indices are no vector of int32
 */
export function pickEmbeddings(indices: Tensor1D, table: Tensor2D): Tensor2D {
  if (indices.dtype !== 'int32' || indices.shape.length !== 1)
    throw new RangeError(
      `pickEmbeddings: indices are a vector of int32, not ${indices.dtype} [${indices.shape.join()}]`,
    );
  return gather(table, indices);
}
