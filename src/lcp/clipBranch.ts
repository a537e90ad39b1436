/**
 * CLIP inside the training loop: pictures as the networks have them become CLIP's input, differentiably. The tower itself is injected, so that
 * tests can use a small one and `nn` and the losses know nothing of ONNX.
 */
import { biasAct } from '../gpu/biasAct/biasAct';
import { resize } from '../gpu/resample/resize';
import { tensor1d, type Tensor2D, type Tensor4D } from '../gpu/tensor';

/** The frozen image tower: pixels [n, size, size, 3] in [0, 1] -> features [n, d], any length, differentiable in the pixels. */
export type ImageTower = (pixels: Tensor4D) => Tensor2D;

export interface ClipBranch {
  encode: ImageTower;
  /** Side of the tower's input in pixels. */
  imageSize: number;
  /** Dimension of the features, d. */
  dim: number;
}

/**
 * Features of pictures in [-1, 1] (augmented ones may leave the range, as they do for the discriminator).
 * @param pictures [n, H, W, 3]
 * @returns [n, d]
 */
export function clipFeatures(pictures: Tensor4D, { encode, imageSize }: ClipBranch): Tensor2D {
  // (x + 1) / 2. An affine map commutes with resampling, whose rows sum to 1, and is cheaper on the small picture.
  const unitRange = biasAct(pictures, tensor1d([1, 1, 1]), { activation: 'linear', gain: 0.5 });
  return encode(resize(unitRange, imageSize, imageSize, 'bicubic'));
}
