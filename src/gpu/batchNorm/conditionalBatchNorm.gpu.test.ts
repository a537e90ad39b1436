import { expect, it } from 'vitest';
import { randomArray, toTensor } from '../testing/arrays';
import { checkOp } from '../testing/checkOp';
import { describeFamilies } from '../testing/variants';
import { testEngine } from '../testing/testEngine';
import { grads, tidy, type Tensor, type Tensor2D, type Tensor4D } from '../tensor';
import { conditionalBatchNormRef } from './conditionalBatchNorm.ref';
import { conditionalBatchNorm } from './conditionalBatchNorm';

const shapes: [number, number, number, number][] = [
  [3, 2, 2, 4],
  [2, 3, 5, 3],
  [2, 9, 9, 20],
];

describeFamilies('conditionalBatchNorm', () => {
  for (const [images, height, width, channels] of shapes) {
    for (const activation of ['linear', 'relu'] as const) {
      it(`equals its reference to second order, [${[images, height, width, channels].join()}] ${activation}`, async () => {
        await checkOp({
          inputs: [
            { shape: [images, height, width, channels], scale: 2, offset: 0.5 },
            { shape: [images, channels], offset: 1 },
            { shape: [images, channels] },
          ],
          op: (x, gain, bias) =>
            conditionalBatchNorm(x as Tensor4D, gain as Tensor2D, bias as Tensor2D, 1e-5, activation),
          reference: (x, gain, bias) =>
            conditionalBatchNormRef(x, gain, bias, {
              images,
              pixels: height * width,
              channels,
              epsilon: 1e-5,
              relu: activation === 'relu',
            }),
          outputShape: [images, height, width, channels],
          seed: 5,
          order: height < 9 ? 2 : 1,
        });
      });
    }
  }

  it('keeps its accuracy under a large mean', async () => {
    const [images, pixels, channels] = [4, 9, 4];
    await checkOp({
      inputs: [
        { shape: [images, 3, 3, channels], offset: 100 },
        { shape: [images, channels] },
        { shape: [images, channels] },
      ],
      op: (x, gain, bias) => conditionalBatchNorm(x as Tensor4D, gain as Tensor2D, bias as Tensor2D, 1e-5),
      reference: (x, gain, bias) =>
        conditionalBatchNormRef(x, gain, bias, { images, pixels, channels, epsilon: 1e-5, relu: false }),
      outputShape: [images, 3, 3, channels],
      order: 1,
      tolerance: 3e-5, // float32 spacing at 100 is 8e-6
    });
  });

  it('takes two dispatches each way', async () => {
    const { backend } = await testEngine();
    const [x, gain, bias, dy] = [
      [2, 4, 4, 8],
      [2, 8],
      [2, 8],
      [2, 4, 4, 8],
    ].map((shape, i) =>
      toTensor(
        randomArray(
          shape.reduce((a, b) => a * b, 1),
          i,
        ),
        shape,
      ),
    ) as [Tensor, Tensor, Tensor, Tensor];
    const op = (...given: Tensor[]): Tensor =>
      conditionalBatchNorm(given[0] as Tensor4D, given[1] as Tensor2D, given[2] as Tensor2D, 1e-5, 'relu');
    const before = backend.counters.dispatches;
    const gradients = tidy(() => grads(op)([x, gain, bias], dy));
    expect(backend.counters.dispatches - before).toBe(4);
    for (const tensor of [x, gain, bias, dy, ...gradients]) tensor.dispose();
  });
});
