import { expect, it } from 'vitest';
import { randomArray, toTensor } from '../testing/arrays';
import { checkOp } from '../testing/checkOp';
import { describeFamilies } from '../testing/variants';
import { compileStep } from '../capture/plan';
import { grad, square, sum, type Tensor, type Tensor4D } from '../tensor';
import { testEngine } from '../testing/testEngine';
import { minibatchStd } from './minibatchStd';
import { minibatchStdRef } from './minibatchStd.ref';

type Shape = [number, number, number, number];

describeFamilies('minibatchStd', () => {
  for (const [shape, group, channels] of [
    [[4, 2, 3, 5], 4, 1],
    [[6, 2, 2, 6], 3, 2],
    [[3, 3, 2, 4], 8, 1],
  ] as [Shape, number, number][]) {
    it(`equals its reference to second order, [${shape.join(', ')}] in groups of ${group}`, async () => {
      await checkOp({
        inputs: [{ shape }],
        op: (x) => square(minibatchStd(x as Tensor4D, { group, channels })),
        reference: (x) => minibatchStdRef(x, shape, group, channels).map((value) => value ** 2),
        outputShape: [shape[0], shape[1], shape[2], shape[3] + channels],
      });
    });
  }

  it('takes as many dispatches for large maps as for small ones, to second order', async () => {
    await testEngine();
    const dispatchesAt = (side: number): number | undefined => {
      const slope = grad((x: Tensor) => sum(square(minibatchStd(x as Tensor4D))));
      const step = compileStep({
        name: 'deviation',
        inputs: { x: { shape: [4, side, side, 4] } },
        body: ({ x }) => ({ bend: sum(grad((y: Tensor) => sum(square(slope(y))))(x as Tensor)) }),
      });
      step.compile();
      const dispatches = step.info?.dispatches;
      step.dispose();
      return dispatches;
    };
    const few = dispatchesAt(2);
    expect(few).toBeGreaterThan(0);
    expect(dispatchesAt(4)).toBe(few);
  });

  it('says nothing about a picture alone, and stays finite for equal ones', async () => {
    const one = toTensor(randomArray(8, 1), [1, 2, 2, 2]) as Tensor4D;
    const y = minibatchStd(one);
    expect((await y.data())[2]).toBeCloseTo(1e-4, 8);
    expect(() => minibatchStd(one, { channels: 3 })).toThrow(/do not divide/);
    one.dispose();
    y.dispose();
  });
});
