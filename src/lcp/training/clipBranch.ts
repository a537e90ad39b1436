/**
 * CLIP inside the training loop: pictures as the networks have them become CLIP's input, differentiably. The tower
 * itself is injected, so that tests can use a small one and `nn` and the losses know nothing of ONNX.
 */
import { biasAct } from '../../gpu/biasAct/biasAct';
import { resize } from '../../gpu/resample/resize';
import { tensor1d, type Tensor2D, type Tensor3D, type Tensor4D } from '../../gpu/tensor';

/**
 * The frozen image tower: pixels [n, size, size, 3] in [0, 1] -> features [n, d], any length, differentiable in the
 * pixels.
 */
export type ImageTower = (pixels: Tensor4D) => Tensor2D;

/** The tower together with the tokens after some of its blocks. */
export interface TokenTower {
  /** Blocks, counted from 1. */
  blocks: readonly number[];
  /** Numbers a token. */
  width: number;
  /** Patches down and across. */
  grid: readonly [number, number];
  /** @returns features as the image tower gives them, and for each block the patches' tokens, [n, h w, width] */
  encode: (pixels: Tensor4D) => { embedding: Tensor2D; tokens: Tensor3D[] };
}

export interface ClipBranch {
  encode: ImageTower;
  /** Side of the tower's input in pixels. */
  imageSize: number;
  /** Dimension of the features, d. */
  dim: number;
  /** Where there are token heads (>= 64 px). */
  tokens?: TokenTower | null;
}

export interface ClipView {
  /** [n, d] */
  features: Tensor2D;
  /** Empty without token heads. */
  tokens: Tensor3D[];
}

/** Resolution from which the CLIP head looks at tokens too (docs/method.md, section 4). */
export const tokenHeadResolution = 64;

/**
 * Blocks for the token heads: 4 and 8 of the 12 of a ViT-B, and a third and two thirds of the depth of other towers.
 * @param depth number of blocks
 */
export function tokenBlocks(depth: number): number[] {
  const blocks = [Math.round(depth / 3), Math.round((2 * depth) / 3)].filter((block) => block >= 1 && block <= depth);
  return [...new Set(blocks)];
}

/**
 * CLIP's view of pictures in [-1, 1] (augmented ones may leave the range, as they do for the discriminator).
 * @param pictures [n, H, W, 3]
 */
export function clipView(pictures: Tensor4D, { encode, imageSize, tokens }: ClipBranch): ClipView {
  // (x + 1) / 2. An affine map commutes with resampling, whose rows sum to 1, and is cheaper on the small picture.
  const unitRange = biasAct(pictures, tensor1d([1, 1, 1]), { activation: 'linear', gain: 0.5 });
  const input = resize(unitRange, imageSize, imageSize, 'bicubic');
  if (!tokens) return { features: encode(input), tokens: [] };
  const seen = tokens.encode(input);
  return { features: seen.embedding, tokens: seen.tokens };
}
