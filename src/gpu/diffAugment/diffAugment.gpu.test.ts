import { expect, it } from 'vitest';
import { randomArray, sizeOf, toTensor } from '../testing/arrays';
import { checkOp } from '../testing/checkOp';
import { describeFamilies } from '../testing/variants';
import { testEngine } from '../testing/testEngine';
import { grad, tidy, type Tensor, type Tensor2D, type Tensor4D } from '../tensor';
import { diffAugmentRef } from './diffAugment.ref';
import { diffAugment, type DiffAugmentPolicy } from './diffAugment';

const all: DiffAugmentPolicy = { color: true, translation: true, cutout: true };
const policies: [string, DiffAugmentPolicy][] = [
  ['colour', { color: true, translation: false, cutout: false }],
  ['translation', { color: false, translation: true, cutout: false }],
  ['cut-out', { color: false, translation: false, cutout: true }],
  ['all', all],
];

describeFamilies('diffAugment', () => {
  for (const [name, policy] of policies) {
    it(`equals its reference to second order: ${name}`, async () => {
      for (const [seed, shape] of (
        [
          [3, 8, 8, 3],
          [2, 5, 12, 1],
        ] as [number, number, number, number][]
      ).entries()) {
        const draws = randomArray(8 * shape[0], seed + 7).map((value) => Math.fround(value / 2 + 0.5));
        await checkOp({
          inputs: [{ shape }],
          op: (x) => tidy(() => diffAugment(x as Tensor4D, toTensor(draws, [shape[0], 8]) as Tensor2D, policy)),
          reference: (x) => diffAugmentRef(x, draws, shape, policy),
          outputShape: shape,
        });
      }
    });
  }

  it('reaches both ends of every range', async () => {
    const shape: [number, number, number, number] = [2, 8, 8, 3];
    const draws = Float64Array.from({ length: 16 }, (_, i) => (i < 8 ? 0 : Math.fround(1 - 2 ** -24)));
    await checkOp({
      inputs: [{ shape }],
      op: (x) => tidy(() => diffAugment(x as Tensor4D, toTensor(draws, [2, 8]) as Tensor2D, all)),
      reference: (x) => diffAugmentRef(x, draws, shape, all),
      outputShape: shape,
      order: 1,
    });
  });

  it('takes one dispatch each way, and one more each for colour', async () => {
    const { backend } = await testEngine();
    const shape = [2, 4, 4, 3];
    const [x, dy, draws] = [
      toTensor(randomArray(sizeOf(shape), 1), shape),
      toTensor(randomArray(sizeOf(shape), 2), shape),
      toTensor(randomArray(16, 3), [2, 8]),
    ];
    for (const [policy, dispatches] of [
      [all, 4],
      [{ ...all, color: false }, 2],
    ] as const) {
      const before = backend.counters.dispatches;
      tidy(() => grad((t: Tensor) => diffAugment(t as Tensor4D, draws as Tensor2D, policy))(x, dy)).dispose();
      expect(backend.counters.dispatches - before).toBe(dispatches);
    }
    for (const tensor of [x, dy, draws]) tensor.dispose();
  });
});
