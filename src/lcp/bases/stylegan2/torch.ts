/**
 * StyleGAN2's networks in PyTorch (`lcpgan_generator.py`). Filters of transposed convolutions are [KH, KW, out, in] here
 * and [in, out, KH, KW] there, which is the same turn as that of all filters. The inputs of the discriminator's first
 * dense layer are the 4 x 4 pixels of a feature map, so they are reordered.
 */
import { startSide } from '../../../nn/stylegan2/layout';
import { plainLayout, type Move, type StudioParameter, type TorchLayout } from '../../checkpoint/torchLayout';

/** `lambda` is a word of Python's. */
const torchNames: Readonly<Record<string, string>> = { lambda: 'condition_weight', average: 'w_mean' };

const unmoved = ({ shape }: StudioParameter): Move => ({ from: shape, axes: shape.map((_, axis) => axis), shape });

function generatorMove(parameter: StudioParameter): Move {
  const { name, shape } = parameter;
  // A table, and one row of noise.
  if (name === 'mapping.embedding.weight' || name === 'noise') return unmoved(parameter);
  if (name !== 'const') return plainLayout.move(parameter);
  const [height = 1, width = 1, channels = 1] = shape;
  return { from: shape, axes: [2, 0, 1], shape: [channels, height, width] };
}

function discriminatorMove(parameter: StudioParameter): Move {
  const { name, shape } = parameter;
  if (name !== 'b4.fc.weight') return plainLayout.move(parameter);
  const [inputs = 1, outputs = 1] = shape;
  const pixels = startSide * startSide;
  return { from: [pixels, inputs / pixels, outputs], axes: [2, 1, 0], shape: [outputs, inputs] };
}

export const generatorTorch: TorchLayout = { name: (name) => torchNames[name] ?? name, move: generatorMove };
export const discriminatorTorch: TorchLayout = { name: (name) => name, move: discriminatorMove };
