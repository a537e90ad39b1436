import { expect, it } from 'vitest';
import { keptReadings, readingKey, uncorrected } from './keptReadings';

function storage(): Pick<Storage, 'getItem' | 'setItem'> {
  const values = new Map<string, string>();
  return { getItem: (key) => values.get(key) ?? null, setItem: (key, value) => void values.set(key, value) };
}
const group = (path: string) => ({ path, role: { as: 'unlabeled' as const }, count: 1 });

it('remembers the corrections of a folder, by its name and its folders', () => {
  const kept = keptReadings(storage());
  const key = readingKey('pets', { groups: [group('pets/a'), group('pets/b')] });
  const corrected = { corrections: { 'pets/a': { as: 'class', name: 'x' } }, labelsFrom: 'folders' } as const;
  kept.save(key, corrected);
  expect(kept.load(key)).toEqual(corrected);
  expect(kept.load(readingKey('pets', { groups: [group('pets/a')] }))).toBe(uncorrected);
  for (let i = 0; i < 60; i += 1) kept.save(`other ${i}`, uncorrected);
  expect(kept.load(key)).toBe(uncorrected);
});

it('damaged, full or forbidden storage remembers nothing, and breaks nothing', () => {
  const full = {
    getItem: () => '{"not": "a list"}',
    setItem: () => {
      throw new Error('full');
    },
  };
  for (const each of [full, undefined]) {
    const kept = keptReadings(each);
    kept.save('x', uncorrected);
    expect(kept.load('x')).toBe(uncorrected);
  }
});
