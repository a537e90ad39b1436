/**
 * BigGAN's networks in PyTorch (`lcpgan_generator.py`). The outputs of the generator's first layer are the 4 x 4 pixels
 * of a feature map, so they are reordered too.
 */
import { plainLayout, type Move, type StudioParameter, type TorchLayout } from '../../checkpoint/torchLayout';

/** Pixels of the generator's first feature map. */
const startPixels = 16;

/**
 * `block0.conv0.weight` -> `blocks.0.conv0.weight`, `output.conv.bias` -> `output_conv.bias`, `block0.norm0.mean` ->
 * `blocks.0.norm0.running_mean`.
 */
function torchName(name: string): string {
  return name
    .replace(/^block(\d+)\./, 'blocks.$1.')
    .replace(/^condition\./, 'affine.')
    .replace(/^condition(\d+)\./, 'affines.$1.')
    .replace(/^output\./, 'output_')
    .replace(/^output_norm\.gain$/, 'output_norm.weight')
    .replace(/\.mean$/, '.running_mean')
    .replace(/\.variance$/, '.running_var');
}

function generatorMove(parameter: StudioParameter): Move {
  const { name, shape } = parameter;
  if (!/^linear\.(weight|bias|u)$/.test(name)) return plainLayout.move(parameter);
  const [a = 1, b = 1] = shape;
  if (shape.length === 2) return { from: [a, startPixels, b / startPixels], axes: [2, 1, 0], shape: [b, a] };
  return { from: [startPixels, a / startPixels], axes: [1, 0], shape };
}

export const generatorTorch: TorchLayout = { name: torchName, move: generatorMove };
export const discriminatorTorch: TorchLayout = { name: torchName, move: plainLayout.move };
