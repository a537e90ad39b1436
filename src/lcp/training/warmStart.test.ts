import { describe, expect, it } from 'vitest';
import type { NamedArray } from '../../gpu/parameter';
import { originsByName, warmStarted, withConditions, type Conditioned } from './warmStart';

const array = (shape: number[], ...data: number[]): NamedArray => ({ shape, data: Float32Array.from(data) });
const slots = (...counts: number[]): Conditioned['slots'] => {
  let slot = 0;
  return counts.flatMap((count, classIndex) =>
    Array.from({ length: count }, (_, cluster) => ({ slot: slot++, classIndex, cluster })),
  );
};
/** Two classes, of two clusters and one. */
const from: Conditioned = { classes: ['cat', 'dog'], slots: slots(2, 1) };
/** Rows of one number: cat 1, dog 2, cat's clusters 10 and 20, dog's 30. */
const table = array([5, 1], 1, 2, 10, 20, 30);

describe('rows of condition tables', () => {
  it('follow class names and cluster numbers, whatever the order', () => {
    const to = { classes: ['dog', 'cat'], slots: slots(1, 2) };
    expect(originsByName(from, to)).toEqual({ classes: [[1], [0]], slots: [[2], [0], [1]] });
  });

  it('begin at the mean of the class, or of all, where they are new', () => {
    const to = { classes: ['cat', 'owl'], slots: slots(3, 1) };
    const moved = withConditions(
      new Map([['generator/embedding.weight', table]]),
      { classCount: 2, slotCount: 3 },
      originsByName(from, to),
    ).get('generator/embedding.weight');
    expect(moved).toEqual(array([6, 1], 1, 1.5, 10, 20, 15, 20));
  });
});

describe('a warm start', () => {
  const state = (rows: NamedArray, weight: NamedArray) => ({
    iteration: 0,
    tensors: new Map([
      ['generator/embedding.weight', rows],
      ['averaged/mapping.embedding.weight', rows],
      ['discriminator/conv.weight', weight],
      ['generatorAdam/progress', array([1], 0)],
      ['clipHead/prompt.weight', weight],
    ]),
  });

  const clips = { prompts: 'lit', critic: 'nano' };

  it('takes over the networks and leaves the optimizers as they begin', () => {
    const earlier = state(table, array([2], 7, 8));
    earlier.tensors.set('generatorAdam/progress', array([1], 99));
    const to = { classes: ['dog'], slots: slots(1) };
    const { tensors } = warmStarted(
      state(array([2, 1], 0, 0), array([2], 0, 0)),
      { ...from, tensors: earlier.tensors, clips },
      to,
      clips,
    );
    expect(tensors.get('generator/embedding.weight')).toEqual(array([2, 1], 2, 30));
    expect(tensors.get('averaged/mapping.embedding.weight')).toEqual(array([2, 1], 2, 30));
    expect(tensors.get('discriminator/conv.weight')).toEqual(array([2], 7, 8));
    expect(tensors.get('clipHead/prompt.weight')).toEqual(array([2], 7, 8));
    expect(tensors.get('generatorAdam/progress')).toEqual(array([1], 0));
  });

  it('leaves the head of other CLIPs behind, be it the critic or the one of the prompts', () => {
    const fresh = state(table, array([2], 0, 0));
    const earlier = { ...from, tensors: state(table, array([2], 7, 8)).tensors };
    for (const other of [{ ...clips, critic: 'lit' }, { ...clips, prompts: 'nano' }, null]) {
      const { tensors } = warmStarted(fresh, { ...earlier, clips: other }, from, clips);
      expect(tensors.get('discriminator/conv.weight')).toEqual(array([2], 7, 8));
      expect(tensors.get('clipHead/prompt.weight')).toEqual(array([2], 0, 0));
    }
  });

  it('says which tensor is of another size', () => {
    const fresh = state(table, array([3], 0, 0, 0));
    const earlier = { ...from, tensors: state(table, array([2], 7, 8)).tensors, clips };
    expect(() => warmStarted(fresh, earlier, from, clips)).toThrow('"discriminator/conv.weight" is of another size');
  });
});
