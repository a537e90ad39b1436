/** Some rows of a batch. */
import { concat, slice, type Tensor } from '../../gpu/tensor';

/** `count` rows from `first` on; the batch itself where that is all of it. */
export function rowsOf<T extends Tensor>(values: T, first: number, count: number): T {
  const [rows, ...rest] = values.shape;
  if (first === 0 && count === rows) return values;
  return slice(values, [first, ...rest.map(() => 0)], [count, ...rest]) as T;
}

/**
 * A part of rows that lie in blocks, one block a kind of pictures: its share of every block, in the same order.
 * @param values [kinds x batch, ...]
 * @param part of `parts`, from 0
 */
export function partOf<T extends Tensor>(values: T, batch: number, part: number, parts: number): T {
  if (parts === 1) return values;
  const size = batch / parts;
  const kinds = Array.from({ length: (values.shape[0] ?? 0) / batch }, (_, kind) =>
    rowsOf(values, kind * batch + part * size, size),
  );
  return kinds.length === 1 ? (kinds[0] as T) : concat<T>(kinds, 0);
}

/** Pictures of a part. @throws RangeError where the batch cannot be divided so */
export function partSize(batch: number, parts: number): number {
  if (batch % parts !== 0) throw new RangeError(`a batch of ${batch} in ${parts} parts`);
  return batch / parts;
}
