import { expect, test } from 'vitest';
import { clusterName, givenName, sameSlots } from './clusterNames';

test('a cluster goes by class and number, and by the name that it was given', () => {
  const names = [{ slot: 2, name: 'Sitting' }];
  expect(clusterName({ className: 'cat', cluster: 1 }, givenName({ names }, 2))).toBe('cat 2, “Sitting”');
  expect(clusterName({ className: 'cat', cluster: 1 }, givenName({ names }, 1))).toBe('cat 2');
});

test('slots are other clusters where one of any class was merged or split', () => {
  const slots = [0, 0, 1].map((classIndex) => ({ classIndex }));
  expect(sameSlots(slots, [...slots])).toBe(true);
  expect(sameSlots(slots, slots.slice(1))).toBe(false);
  expect(
    sameSlots(
      slots,
      [0, 1, 1].map((classIndex) => ({ classIndex })),
    ),
  ).toBe(false);
});
