import { expect, test } from 'vitest';
import type { PromptMoment } from '../../shared/domain';
import { earlierPrompts, promptHistory, promptPast, type PromptsThen } from './promptHistory';

const at = (degrees: number): number[] => [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
const rows = (...degrees: number[]): Float32Array => Float32Array.from(degrees.flatMap(at));
const card = (word: string) => ({
  context: [[{ word: `${word}-near`, distance: 1 }], []],
  words: { against: 'siblings' as const, words: [{ word, effect: 1, agrees: null }] },
});

/** Prompts at these angles, learnt at an iteration, after others. */
function learnt(iteration: number, degrees: number[], word: string, earlier: Parameters<typeof promptHistory>[5]) {
  return degrees.map((_, slot) => promptHistory(card(word), slot, rows(...degrees), 2, iteration, earlier));
}

test('each learning adds the words of then, and by how many degrees the prompt has turned', () => {
  const first = learnt(0, [0, 40], 'red', null);
  const cards = first.map((history) => ({ history }));
  const second = learnt(100, [3, 35], 'blue', earlierPrompts(cards, rows(0, 40), 2, [[0], [1]]));
  const rounded = second[1]?.map(({ turned, apart, ...rest }: PromptMoment) => ({
    ...rest,
    turned: turned && Math.round(turned),
    apart: apart && Math.round(apart),
  }));
  expect(rounded).toEqual([
    { iteration: 0, words: ['red'], nearest: ['red-near'], turned: null, apart: 40 },
    { iteration: 100, words: ['blue'], nearest: ['blue-near'], turned: 5, apart: 32 },
  ]);
});

test('clusters that were split or merged go on with the history of what they come of', () => {
  const cards = learnt(0, [0, 40], 'red', null).map((history) => ({ history }));
  // The second cluster became two, the first went.
  const after = learnt(50, [41, 60], 'blue', earlierPrompts(cards, rows(0, 40), 2, [[1], [1, 0]]));
  expect(after.map((history) => Math.round(history.at(-1)?.turned ?? 0))).toEqual([1, 20]);
  expect(after.map((history) => history.length)).toEqual([2, 2]);
});

test('what is learnt twice at one iteration counts once, and a long history keeps its beginning', () => {
  let cards = learnt(0, [0], 'first', null).map((history) => ({ history }));
  for (let i = 0; i <= 100; i += 1)
    cards = learnt(i, [i], `at ${i}`, earlierPrompts(cards, rows(i), 2, [[0]])).map((history) => ({ history }));
  const history = cards[0]?.history ?? [];
  expect(history).toHaveLength(60);
  expect(history[0]?.iteration).toBe(0);
  expect(history.at(-1)?.words).toEqual(['at 100']);
  expect(history.filter(({ iteration }) => iteration === 0)).toHaveLength(1);
});

test('of all prompts the beginning and the newest moments are kept, one an iteration', () => {
  let past: PromptsThen[] = [];
  for (const iteration of [0, 0, ...Array.from({ length: 40 }, (_, i) => 10 * i + 10)])
    past = promptPast(past, { iteration, features: rows(iteration) });
  expect(past).toHaveLength(24);
  expect(past.map(({ iteration }) => iteration).slice(0, 2)).toEqual([0, 180]);
  expect(past.at(-1)).toEqual({ iteration: 400, features: rows(400) });
});
