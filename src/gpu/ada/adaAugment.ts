/**
 * The augmentations of StyleGAN2-ADA (Karras et al. 2020, "Training Generative Adversarial Networks with Limited Data";
 * public code `training/augment.py`, set `bgc`): pixel blitting (x-flip, quarter turn, integer translation), geometry
 * (scale, rotation, anisotropic scale, rotation, fractional translation) and colour (brightness, contrast, luma flip,
 * hue, saturation), each applied to each picture with probability p. Ranges are the public ones. All randomness and p
 * come in as tensors, so that a captured step draws anew and p may change from step to step.
 *
 * All geometry of a picture is one affine map and all colour one matrix: two dispatches forward, one for the gradient.
 * The map is affine in the pictures, so it is differentiable to any order with respect to them; draws and p get no
 * gradient.
 *
 * Differences to the reference. It samples bilinearly from pictures that a wavelet filter (sym6) has enlarged twofold
 * and shrinks the result by the same filter; here sampling is bilinear at the pictures' own resolution: blitted pixels
 * stay what they were to the bit, oblique maps come out a little softer, and strong shrinking (below about 1/2) may
 * alias. It mirrors a picture once at each edge and shows zeros farther out; here mirror images go on.
 */
import { defineOp } from '../kernel/op';
import { clone, tidy, type Scalar, type Tensor, type Tensor2D, type Tensor4D } from '../tensor';
import { adaDraws } from './draws';
import { warp, warpAdjoint } from './kernels';
import { adaMaps, type AdaPolicy } from './maps';

export type { AdaPolicy } from './maps';
export { adaDraws } from './draws';

interface MapsAttrs {
  height: number;
  width: number;
  channels: number;
  policy: AdaPolicy;
}

const mapsOp = defineOp<'draws' | 'p', MapsAttrs>({
  name: 'StudioAdaMaps',
  forward: ({ draws, p }, { height, width, channels, policy }) => adaMaps(draws, p, height, width, channels, policy),
});

const warpOp = defineOp<'x' | 'maps', { offset: boolean }>({
  name: 'StudioAdaWarp',
  forward: ({ x, maps }, { offset }) => warp(x, maps, offset),
  saveInputs: ['maps'],
  backward: (dy, [maps]) => ({ x: (): Tensor => adjointOp({ dy, maps }, {}) }),
});

const adjointOp = defineOp<'dy' | 'maps'>({
  name: 'StudioAdaWarpAdjoint',
  forward: ({ dy, maps }) => warpAdjoint(dy, maps),
  saveInputs: ['maps'],
  backward: (ddx, [maps]) => ({ dy: (): Tensor => warpOp({ x: ddx, maps }, { offset: false }) }),
});

/** The public set `bgc`. */
export const adaBgc: AdaPolicy = { blit: true, geometry: true, color: true };

/**
 * @param x [B, H, W, C] in [-1, 1]; C is 3, or 1 (then hue and saturation do nothing); H and W at least 2
 * @param draws [B, adaDraws], uniform in [0, 1): `randomUniform([B, adaDraws], key)`
 * @param p scalar in [0, 1]: probability of each transform; 0 gives x back to the bit
 * @param policy which groups of transforms there are; default all
 * @returns [B, H, W, C]
 * @throws RangeError if shapes do not fit
 */
export function adaAugment(x: Tensor4D, draws: Tensor2D, p: Scalar, policy: AdaPolicy = adaBgc): Tensor4D {
  const [batch, height, width, channels] = x.shape;
  if (draws.shape[0] !== batch || draws.shape[1] !== adaDraws)
    throw new RangeError(`adaAugment: draws [${draws.shape.join()}] for pictures [${x.shape.join()}]`);
  if (channels !== 1 && channels !== 3)
    throw new RangeError(`adaAugment: pictures have 1 or 3 channels, not ${channels}`);
  if (height < 2 || width < 2) throw new RangeError(`adaAugment: pictures of ${height} x ${width} are too small`);
  if (p.size !== 1) throw new RangeError(`adaAugment: p is one number, not [${p.shape.join()}]`);
  if (!policy.blit && !policy.geometry && !policy.color) return clone(x);
  return tidy(
    () => warpOp({ x, maps: mapsOp({ draws, p }, { height, width, channels, policy }) }, { offset: true }) as Tensor4D,
  );
}
