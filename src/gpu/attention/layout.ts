/**
 * How queries, keys, values and results lie in memory: heads before positions, or positions before heads as projections
 * leave them.
 */

export interface AttentionLayout {
  batch: number;
  heads: number;
  length: number;
  /** Of one head. */
  width: number;
  /** [B, T, H * D] instead of [B, H, T, D]. */
  packed: boolean;
  /** Queries, keys and values lie in one tensor [B, T, 3 * H * D], in this order; the result is packed. */
  joint?: boolean;
}

/** Steps in elements between batches, heads and positions. */
export function stridesOf({ heads, length, width, packed }: AttentionLayout): {
  stepBatch: number;
  stepHead: number;
  stepPosition: number;
} {
  const stepBatch = heads * length * width;
  return packed
    ? { stepBatch, stepHead: width, stepPosition: heads * width }
    : { stepBatch, stepHead: length * width, stepPosition: width };
}

export function shapeOf({ batch, heads, length, width, packed }: AttentionLayout): number[] {
  return packed ? [batch, length, heads * width] : [batch, heads, length, width];
}
