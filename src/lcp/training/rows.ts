/** Some rows of a batch. */
import { slice, type Tensor } from '../../gpu/tensor';

/** `count` rows from `first` on; the batch itself where that is all of it. */
export function rowsOf<T extends Tensor>(values: T, first: number, count: number): T {
  const [rows, ...rest] = values.shape;
  if (first === 0 && count === rows) return values;
  return slice(values, [first, ...rest.map(() => 0)], [count, ...rest]) as T;
}
