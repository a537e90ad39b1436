/**
 * Differentiable augmentation with DiffAugment's public policies (Zhao et al. 2020): colour (brightness, saturation,
 * contrast), translation by up to 1/8 of the side with zeros moving in, and a cut-out square of half the side. All
 * randomness comes in as numbers, so that a captured step draws anew. One or two dispatches each way. Differentiable to
 * any order with respect to the pictures (the map is affine); the draws get no gradient.
 */
import { defineOp } from '../kernel/op';
import { clone, type Tensor, type Tensor2D, type Tensor4D } from '../tensor';
import { augment, augmentAdjoint, type DiffAugmentPolicy } from './kernels';

export type { DiffAugmentPolicy } from './kernels';

const augmentOp = defineOp<'x' | 'draws', DiffAugmentPolicy & { offset: boolean }>({
  name: 'StudioDiffAugment',
  forward: ({ x, draws }, { offset, ...policy }) => augment(x, draws, policy, offset),
  saveInputs: ['draws'],
  backward: (dy, [draws], { offset: _, ...policy }) => ({ x: (): Tensor => adjointOp({ dy, draws }, policy) }),
});

const adjointOp = defineOp<'dy' | 'draws', DiffAugmentPolicy>({
  name: 'StudioDiffAugmentAdjoint',
  forward: ({ dy, draws }, policy) => augmentAdjoint(dy, draws, policy),
  saveInputs: ['draws'],
  backward: (ddx, [draws], policy) => ({
    dy: (): Tensor => augmentOp({ x: ddx, draws }, { ...policy, offset: false }),
  }),
});

/**
 * @param x [B, H, W, C] in [-1, 1]
 * @param draws [B, 8], uniform in [0, 1): brightness, saturation, contrast, shift down, shift right, cut row, cut
 * column, unused
 * @returns [B, H, W, C]
 * @throws RangeError if the draws are not [B, 8]
 */
export function diffAugment(x: Tensor4D, draws: Tensor2D, { color, translation, cutout }: DiffAugmentPolicy): Tensor4D {
  if (draws.shape[0] !== x.shape[0] || draws.shape[1] !== 8)
    throw new RangeError(`diffAugment: draws [${draws.shape.join()}] for pictures [${x.shape.join()}]`);
  if (!color && !translation && !cutout) return clone(x);
  return augmentOp({ x, draws }, { color, translation, cutout, offset: true }) as Tensor4D;
}
