/**
 * Noise of one channel a pixel, times a learnt strength, added to all channels: `x + strength n` (StyleGAN). One
 * dispatch, none in a step that can join it to what makes x. Differentiable to any order by all three.
 */
import { elementwise } from '../kernel/elementwise';
import { defineOp } from '../kernel/op';
import { matMul } from '../matmul/matmul';
import { mul, ones, reshape, sum, type Tensor, type Tensor2D, type Tensor4D } from '../tensor';

const noiseOp = defineOp<'x' | 'noise' | 'strength'>({
  name: 'StudioAddNoise',
  forward: ({ x, noise, strength }) =>
    elementwise({
      label: 'addNoise',
      variant: '',
      shape: x.shape,
      inputs: { x },
      repeated: { noise: { tensor: noise, over: 'pixels' }, strength: { tensor: strength, over: 'all' } },
      result: 'x + strength * noise',
    }),
  saveInputs: ['noise', 'strength'],
  backward: (dy, [noise, strength]) => {
    if (!noise || !strength) return {};
    const channels = dy.shape.at(-1) ?? 1;
    // Not inside the thunks: the tape frees whatever else a thunk makes.
    const pixels: Tensor2D = matMul(reshape(dy, [noise.size, channels]) as Tensor2D, ones([channels, 1]));
    const along = reshape(pixels, noise.shape);
    return {
      x: () => dy,
      noise: () => mul(along, strength),
      strength: () => reshape(sum(mul(along, noise)), strength.shape),
    };
  },
});

/**
 * @param x [B, H, W, C]
 * @param noise [B, H, W, 1]
 * @param strength one number
 * @returns [B, H, W, C]
 * @throws RangeError if the shapes do not fit
 */
export function addNoise(x: Tensor4D, noise: Tensor4D, strength: Tensor): Tensor4D {
  const [batch, height, width] = x.shape;
  if (noise.shape.join() !== `${batch},${height},${width},1` || strength.size !== 1)
    throw new RangeError(
      `addNoise: noise [${noise.shape.join()}] of strength [${strength.shape.join()}] for [${x.shape.join()}]`,
    );
  return noiseOp({ x, noise, strength }, {}) as Tensor4D;
}
