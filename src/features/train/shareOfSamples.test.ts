import { expect, test } from 'vitest';
import { slotIndex } from '../../shared/indices';
import { shareOfSamples } from './shareOfSamples';

const samples = { observed: [30, 10, 0], expected: [20, 18, 2] };
const card = (slot: number, share: number) => ({ slot: slotIndex(slot), share });

test('samples are held to what pictures would give in the same way, and the number behind it is told', () => {
  expect(shareOfSamples(card(0, 0.4), samples)).toMatchObject({ share: expect.closeTo(0.6, 6), found: 30, of: 40 });
  expect(shareOfSamples(card(1, 0.45), samples)?.share).toBeCloseTo(0.25, 6);
});

test('what is too rare to tell has no share, and before samples were looked at there is nothing', () => {
  expect(shareOfSamples(card(2, 0.05), samples)).toMatchObject({ share: null, expected: 2 });
  expect(shareOfSamples(card(0, 0.4), null)).toBeNull();
  expect(shareOfSamples(card(7, 0.4), samples)).toBeNull();
});
