import { expect, it } from 'vitest';
import { biasAct } from '../biasAct/biasAct';
import { compileStep } from '../capture/plan';
import { conv2d } from '../conv2d/conv2d';
import { addNoise } from '../noise/addNoise';
import { max, sum, tensor, type Tensor2D, type Tensor4D } from '../tensor';
import { randomArray, relativeError, sizeOf, toTensor } from '../testing/arrays';
import { checkOp } from '../testing/checkOp';
import { testEngine } from '../testing/testEngine';
import { describeFamilies } from '../testing/variants';
import { pictureDot, scaleChannels } from './scaleChannels';
import { pictureDotRef, scaleChannelsRef } from './scaleChannels.ref';

type Shape = [number, number, number, number];
const shapes: Shape[] = [
  [3, 2, 5, 4],
  [2, 3, 3, 5],
  [1, 1, 1, 1],
  [2, 1, 1, 8],
];

describeFamilies('scaleChannels and pictureDot', () => {
  for (const shape of shapes) {
    const [batch, , , channels] = shape;
    it(`equal their references to second order, [${shape.join()}]`, async () => {
      await checkOp({
        inputs: [{ shape }, { shape: [batch, channels] }],
        op: (x, s) => scaleChannels(x as Tensor4D, s as Tensor2D),
        reference: (x, s) => scaleChannelsRef(x, s, shape),
        outputShape: shape,
      });
      await checkOp({
        inputs: [{ shape }, { shape }],
        op: (x, y) => pictureDot(x as Tensor4D, y as Tensor4D),
        reference: (x, y) => pictureDotRef(x, y, shape),
        outputShape: [batch, channels],
      });
    });
  }

  it('sums many pixels in parts, to the same bits every time', async () => {
    const shape: Shape = [2, 70, 65, 4];
    const [a, b] = [randomArray(sizeOf(shape), 1), randomArray(sizeOf(shape), 2)];
    const [x, y] = [toTensor(a, shape) as Tensor4D, toTensor(b, shape) as Tensor4D];
    const [first, again] = [pictureDot(x, y), pictureDot(x, y)];
    const values = await first.data();
    expect(relativeError(values, pictureDotRef(a, b, shape))).toBeLessThanOrEqual(1e-5);
    expect(await again.data()).toEqual(values);
    for (const each of [x, y, first, again]) each.dispose();
  });

  it('refuse shapes that do not fit', () => {
    const x = toTensor(randomArray(12, 1), [1, 2, 2, 3]) as Tensor4D;
    const wrong = toTensor(randomArray(4, 1), [1, 4]) as Tensor2D;
    expect(() => scaleChannels(x, wrong)).toThrow(RangeError);
    expect(() => pictureDot(x, toTensor(randomArray(4, 1), [1, 2, 2, 1]) as Tensor4D)).toThrow(RangeError);
  });

  it('are part of the convolution’s kernel in a step, with noise, bias and activation, to the bit', async () => {
    await testEngine();
    const uniform = (shape: number[], seed: number): Tensor4D =>
      toTensor(randomArray(sizeOf(shape), seed), shape) as Tensor4D;
    const filter = uniform([3, 3, 4, 8], 2);
    const noise = uniform([2, 3, 5, 1], 3);
    const [strength, bias] = [tensor(0.7), toTensor(randomArray(8, 5), [8])];
    const run = async (eager: boolean): Promise<{ labels: string[]; values: unknown }> => {
      const step = compileStep({
        name: 'modulated',
        inputs: { x: { shape: [2, 3, 5, 4] }, s: { shape: [2, 8] } },
        body: ({ x, s }) => {
          const y = scaleChannels(conv2d(x as Tensor4D, filter), s as Tensor2D);
          const z = biasAct(addNoise(y, noise, strength), bias, { activation: 'lrelu', gain: Math.SQRT2 });
          return { sum: sum(pictureDot(z, z)), one: max(z) };
        },
        eager,
      });
      step.run({ x: Float32Array.from(randomArray(120, 7)), s: Float32Array.from(randomArray(16, 8)) });
      const values = await step.readStats();
      const labels = Object.keys(step.info?.labels ?? {});
      step.dispose();
      return { labels, values };
    };
    const [captured, eager] = [await run(false), await run(true)];
    expect(captured.values).toEqual(eager.values);
    expect(captured.labels).toContain('conv2d.forward+scaleChannels+addNoise+piecewise');
    for (const each of [filter, noise, strength, bias]) each.dispose();
  });
});
