/**
 * What the health checks of a run measure on the GPU, in small pieces between two iterations: features of reals and of
 * samples by the frozen CLIP tower, got in the same way for both (the pictures as the networks have them, resized as in
 * training), and the discriminator's signs on reals without augmentation. Pieces have the shapes of a training step,
 * whose kernels exist already; those of a CLIP that is not the critic are made at the first look. Nothing here changes
 * the state of the training.
 */
import { normalizeRows } from '../../clip/vectors';
import { tensor1d, tensor2d, tensor4d, tidy, type Tensor4D } from '../../gpu/tensor';
import { tableRows, type ConditionShape } from '../../nn/conditionTable';
import { clipView, type ClipBranch } from '../training/clipBranch';
import type { Sampler } from '../training/sampling';
import type { Networks, PictureSource } from '../training/step';

export interface HealthProbeOptions {
  networks: Pick<Networks, 'discriminator'>;
  sampler: Pick<Sampler, 'pictures'>;
  pictures: PictureSource;
  /** The image tower alone; tokens are not asked for. */
  tower: Pick<ClipBranch, 'encode' | 'imageSize' | 'dim'>;
  conditions: ConditionShape;
  /** Pictures of a training batch. */
  batch: number;
  resolution: number;
}

export class HealthProbe {
  /** Pictures whose features are taken at once: those of a discriminator step, reals and fakes together. */
  readonly piece: number;
  readonly dim: number;

  constructor(private readonly options: HealthProbeOptions) {
    this.piece = 2 * options.batch;
    this.dim = options.tower.dim;
  }

  /** Unit features of up to `piece` reals. @returns [n, d] */
  realFeatures(images: ArrayLike<number>): Promise<Float32Array> {
    return this.features(images.length, () => this.gather(images, this.piece));
  }

  /** Unit features of up to `piece` samples. @param z [n, latent] @param u [n, S] @returns [n, d] */
  async sampleFeatures(z: Float32Array, u: Float32Array, count: number): Promise<Float32Array> {
    const { resolution } = this.options;
    const drawn = await this.options.sampler.pictures(z, u);
    const filled = new Float32Array(this.piece * resolution * resolution * 3);
    filled.set(drawn);
    return this.features(count, () => tensor4d(filled, [this.piece, resolution, resolution, 3]));
  }

  /** Sign of the discriminator's unconditional logit a(x) for reals. @returns [n] */
  async signs(images: ArrayLike<number>): Promise<Float32Array> {
    const { networks, batch, conditions } = this.options;
    const signs = new Float32Array(images.length);
    networks.discriminator.weights.normalize('hold');
    for (let first = 0; first < images.length; first += batch) {
      const part = Array.from(images).slice(first, first + batch);
      const logits = tidy(() => {
        const none = tensor2d(new Float32Array(batch * tableRows(conditions)), [batch, tableRows(conditions)]);
        return networks.discriminator.forward(this.gather(part, batch), none);
      });
      const values = await logits.data();
      logits.dispose();
      part.forEach((_, i) => {
        signs[first + i] = Math.sign(values[2 * i] ?? 0);
      });
    }
    return signs;
  }

  private async features(count: number, pictures: () => Tensor4D): Promise<Float32Array> {
    const { encode, imageSize, dim } = this.options.tower;
    const features = tidy(() => clipView(pictures(), { encode, imageSize, dim }).features);
    const values = ((await features.data()) as Float32Array).slice(0, count * dim);
    features.dispose();
    normalizeRows(values, dim);
    return values;
  }

  /** `count` pictures: the given ones, filled up with picture 0, because kernels are made for shapes. */
  private gather(images: ArrayLike<number>, count: number): Tensor4D {
    const indices = new Int32Array(count);
    indices.set(Array.from(images));
    return this.options.pictures.gather(tensor1d(indices, 'int32'), tensor1d(new Float32Array(count)));
  }
}
