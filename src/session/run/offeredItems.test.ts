import { expect, it } from 'vitest';
import { OfferedItems } from './offeredItems';

const item = (path: string) => ({ path, file: new Blob(), label: 0 });

it('gives all parts of a ticket in their order, once; a newer ticket takes the place of an older', () => {
  const offered = new OfferedItems();
  offered.add(1, [item('a')]);
  offered.add(1, [item('b'), item('c')]);
  expect(offered.take(1).map(({ path }) => path)).toEqual(['a', 'b', 'c']);
  expect(offered.take(1)).toEqual([]);
  offered.add(2, [item('d')]);
  offered.add(3, [item('e')]);
  expect(offered.take(2)).toEqual([]);
  offered.add(3, [item('e')]);
  expect([offered.take(3).length, offered.take(undefined).length]).toEqual([1, 0]);
});
