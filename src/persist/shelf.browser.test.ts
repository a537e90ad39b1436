import { deleteDB } from 'idb';
import { afterEach, expect, it } from 'vitest';
import { Shelf } from './shelf';

const name = 'shelf-test';
interface Value {
  tensors: Map<string, Float32Array>;
}
const open = () => Shelf.open<{ at: number }, Value>(name);
const value = (...numbers: number[]): Value => ({ tensors: new Map([['w', Float32Array.from(numbers)]]) });

afterEach(() => deleteDB(name));

it('keeps values and what is said of them from visit to visit, to the bit', async () => {
  const first = await open();
  await first.put('a', { at: 1 }, value(1));
  await first.put('a', { at: 2 }, value(Number.NaN, -0, 1e-45));
  await first.put('b', { at: 3 }, value(4));
  first.close();

  const second = await open();
  expect((await second.list()).toSorted((x, y) => x.about.at - y.about.at)).toEqual([
    { id: 'a', about: { at: 2 } },
    { id: 'b', about: { at: 3 } },
  ]);
  expect(await second.get('a')).toEqual(value(Number.NaN, -0, 1e-45));
  await second.delete('a');
  await second.delete('never there');
  expect([await second.get('a'), (await second.list()).map(({ id }) => id)]).toEqual([null, ['b']]);
  second.close();
});

it('changes what is said of a value alone, and says nothing of what is not there', async () => {
  const shelf = await open();
  await shelf.put('a', { at: 1 }, value(1));
  await shelf.describe('a', ({ at }) => ({ at: at + 1 }));
  await shelf.describe('never there', () => ({ at: 9 }));
  expect([await shelf.list(), await shelf.get('a')]).toEqual([[{ id: 'a', about: { at: 2 } }], value(1)]);
  shelf.close();
});

it('leaves the old where the new cannot be stored', async () => {
  const shelf = await open();
  await shelf.put('a', { at: 1 }, value(1));
  const uncloneable = { tensors: new Map([['w', (() => 0) as unknown as Float32Array]]) };
  await expect(shelf.put('a', { at: 2 }, uncloneable)).rejects.toThrow();
  expect([await shelf.list(), await shelf.get('a')]).toEqual([[{ id: 'a', about: { at: 1 } }], value(1)]);
  shelf.close();
});
