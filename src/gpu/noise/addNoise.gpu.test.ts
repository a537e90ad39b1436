import { expect, it } from 'vitest';
import type { Tensor4D } from '../tensor';
import { randomArray, toTensor } from '../testing/arrays';
import { checkOp } from '../testing/checkOp';
import { describeFamilies } from '../testing/variants';
import { addNoise } from './addNoise';
import { addNoiseRef } from './addNoise.ref';

describeFamilies('addNoise', () => {
  for (const channels of [4, 3, 1]) {
    it(`equals its reference to second order, ${channels} channels`, async () => {
      const shape = [2, 3, 5, channels];
      await checkOp({
        inputs: [{ shape }, { shape: [2, 3, 5, 1] }, { shape: [] }],
        op: (x, noise, strength) => addNoise(x as Tensor4D, noise as Tensor4D, strength),
        reference: (x, noise, strength) => addNoiseRef(x, noise, strength, channels),
        outputShape: shape,
      });
    });
  }

  it('refuses noise of another shape', () => {
    const x = toTensor(randomArray(12, 1), [1, 2, 2, 3]) as Tensor4D;
    expect(() => addNoise(x, x, toTensor(randomArray(1, 1), []))).toThrow(RangeError);
  });
});
