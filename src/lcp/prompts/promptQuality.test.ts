import { describe, expect, it } from 'vitest';
import type { Slot } from '../../shared/domain';
import { SparseRows } from '../partition/sparseRows';
import { chooseHeldBack, judgePrompts } from './promptQuality';

const slots: Slot[] = [
  { slot: 0, classIndex: 0, cluster: 0 },
  { slot: 1, classIndex: 0, cluster: 1 },
  { slot: 2, classIndex: 1, cluster: 0 },
];
const unit = (angle: number): [number, number] => [Math.cos(angle), Math.sin(angle)];

/** Prompts at 0, 0.4 and 2 radians; one picture an angle. */
function judgement(pictures: { angle: number; label: number; strongest: number; held: boolean }[]) {
  const labels = Int32Array.from(pictures, ({ label }) => label);
  return {
    features: Float32Array.from(pictures.flatMap(({ angle }) => unit(angle))),
    d: 2,
    prompts: Float32Array.from([unit(0), unit(0.4), unit(2)].flat()),
    slots,
    slotsOfClass: [[0, 1], [2]],
    classIndex: labels.map((label) => Math.max(0, label)),
    labels,
    trust: new Float32Array(pictures.length).fill(1),
    memberships: SparseRows.fromDense(
      pictures.flatMap(({ strongest }) => [0, 1, 2].map((slot) => (slot === strongest ? 0.8 : 0.1))),
      3,
    ),
    logitScale: 10,
    heldBack: Uint32Array.from([...pictures.keys()].filter((image) => pictures[image]?.held)),
    probe: 0.5,
  };
}

describe('judgePrompts', () => {
  it('counts classes and clusters on pictures trained on and on those held back', () => {
    const quality = judgePrompts(
      judgement([
        { angle: 0.1, label: 0, strongest: 0, held: false },
        { angle: 1.9, label: 0, strongest: 1, held: false }, // taken for class 1
        { angle: 2.1, label: 1, strongest: 2, held: false },
        { angle: 0.1, label: 0, strongest: 0, held: true },
        { angle: 0.1, label: 0, strongest: 1, held: true }, // the other cluster
        { angle: 0.5, label: -1, strongest: 1, held: true }, // no label: counts within its class only
        { angle: 0.3, label: 1, strongest: 2, held: true }, // taken for class 0, which has the clusters
      ]),
    );
    expect(quality).toEqual({
      trained: { right: 2, count: 3 },
      heldBack: { right: 2, count: 3 },
      probe: 0.5,
      withinClass: { right: 2, count: 3, chance: 2 / 3 },
      siblings: expect.closeTo(Math.cos(0.4), 6),
    });
  });

  it('adds a class’s prompts up before it compares classes', () => {
    // The third prompt is nearest, but the other two together outweigh it.
    const angle = 1.21;
    expect(Math.cos(2 - angle)).toBeGreaterThan(Math.cos(angle - 0.4));
    const between = judgement([{ angle, label: 0, strongest: 0, held: false }]);
    const quality = judgePrompts({ ...between, prompts: Float32Array.from([0.4, 0.4, 2].flatMap(unit)) });
    expect(quality.trained).toEqual({ right: 1, count: 1 });
  });

  it('has nothing to say without pictures, and one cluster a class is no division', () => {
    const one = judgement([{ angle: 0, label: 0, strongest: 0, held: false }]);
    const quality = judgePrompts({ ...one, slots: [slots[0] as Slot, slots[2] as Slot], slotsOfClass: [[0], [2]] });
    expect(quality).toMatchObject({ heldBack: null, withinClass: null, siblings: null });
  });
});

describe('chooseHeldBack', () => {
  const labels = Int32Array.from({ length: 300 }, (_, i) => (i < 14 ? i % 2 : i < 18 ? 2 : -1));
  const classIndex = labels.map((label, i) => (label === -1 ? i % 3 : label));
  const trust = Float32Array.from(labels, (_, i) => (i % 5 === 4 && i >= 18 ? 0 : 1));
  const chosen = chooseHeldBack({ labels, classIndex, trust }, 3);

  it('takes a fifth of the labels of classes with five or more, and a tenth of what is trusted beside them', () => {
    const labeled = [...chosen].filter((image) => labels[image] !== -1);
    expect(labeled.map((image) => labels[image]).toSorted()).toEqual([0, 1]);
    const inferred = [...chosen].filter((image) => labels[image] === -1);
    expect(inferred.length).toBeGreaterThanOrEqual(21);
    expect(inferred.length).toBeLessThanOrEqual(23);
    expect([...chosen].every((image) => (trust[image] ?? 0) > 0)).toBe(true);
  });

  it('repeats from the seed, and never takes more than twenty of a kind', () => {
    expect(chooseHeldBack({ labels, classIndex, trust }, 3)).toEqual(chosen);
    expect(chooseHeldBack({ labels, classIndex, trust }, 4)).not.toEqual(chosen);
    const many = new Int32Array(1000);
    expect(chooseHeldBack({ labels: many, classIndex: many, trust: new Float32Array(1000).fill(1) }, 1)).toHaveLength(
      20,
    );
  });
});
