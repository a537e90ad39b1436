/**
 * CLIP inside the training loop: pictures as the networks have them become CLIP's input, differentiably. The tower
 * itself is injected, so that tests can use a small one and `nn` and the losses know nothing of ONNX.
 */
import { biasAct } from '../../gpu/biasAct/biasAct';
import { resize } from '../../gpu/resample/resize';
import { tensor1d, type Tensor2D, type Tensor4D } from '../../gpu/tensor';

/**
 * The frozen image tower: pixels [n, size, size, 3] in [0, 1] -> features [n, d], any length, differentiable in the
 * pixels.
 */
export type ImageTower = (pixels: Tensor4D) => Tensor2D;

/** Where token heads look, at maps [n, h, w, width] inside a tower. */
export type TokenTower = {
  /** Numbers a token, for each map. */
  widths: readonly number[];
} & (
  | {
      of: 'critic';
      /** @returns features as the critic's tower gives them, and the maps, from one pass */
      encode: (pixels: Tensor4D) => { embedding: Tensor2D; tokens: Tensor4D[] };
    }
  | {
      of: 'another';
      /** Side of its input in pixels. */
      imageSize: number;
      encode: (pixels: Tensor4D) => Tensor4D[];
    }
);

export interface ClipBranch {
  encode: ImageTower;
  /** Side of the tower's input in pixels. */
  imageSize: number;
  /** Dimension of the features, d. */
  dim: number;
  /** Where there are token heads. */
  tokens?: TokenTower | null;
}

export interface ClipView {
  /** [n, d] */
  features: Tensor2D;
  /** Maps, [n, h, w, width]; empty without token heads. */
  tokens: Tensor4D[];
}

/**
 * CLIP's view of pictures in [-1, 1] (augmented ones may leave the range, as they do for the discriminator).
 * @param pictures [n, H, W, 3]
 */
export function clipView(pictures: Tensor4D, { encode, imageSize, tokens }: ClipBranch): ClipView {
  // (x + 1) / 2. An affine map commutes with resampling, whose rows sum to 1, and is cheaper on the small picture.
  const unitRange = biasAct(pictures, tensor1d([1, 1, 1]), { activation: 'linear', gain: 0.5 });
  const at = (side: number): Tensor4D => resize(unitRange, side, side, 'bicubic');
  if (tokens?.of === 'critic') {
    const seen = tokens.encode(at(imageSize));
    return { features: seen.embedding, tokens: seen.tokens };
  }
  return { features: encode(at(imageSize)), tokens: tokens?.encode(at(tokens.imageSize)) ?? [] };
}
