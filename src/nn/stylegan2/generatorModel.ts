/**
 * StyleGAN2's generator as training and sampling see it: the one that is trained, its moving average, and what belongs
 * to neither: the running mean of w, the noise that samples are drawn with, and lambda, the weight at which the condition
 * enters the mapping. lambda is state, so that samples are drawn, and runs resumed, at the weight of the last step.
 */
import { assignInPlace, type Parameter, type ParameterSet } from '../../gpu/parameter';
import { matMul } from '../../gpu/matmul/matmul';
import { randomNormal } from '../../gpu/random/random';
import { add, mean, mul, sub, type Rank, type Tensor, type Tensor2D, type Tensor4D } from '../../gpu/tensor';
import { filled } from '../filled';
import type { DrawKey, GeneratorNetwork } from '../networks';
import type { NetworkParameters } from '../networkParameters';
import { mapLatents } from './mapping';
import { noisePixels, type StyleGeneratorShape } from './plan';
import { noiseMaps, synthesize } from './synthesis';

/** What a new batch leaves of the running mean of w. */
const averageKept = 0.995;

export class StyleGenerator implements GeneratorNetwork {
  readonly latent: number;
  readonly resolution: number;
  readonly sets: GeneratorNetwork['sets'];

  /** @param weights made by `generatorPlan` @param averaged their sibling @param statistics made by `statisticsPlan` */
  constructor(
    readonly shape: StyleGeneratorShape,
    readonly weights: NetworkParameters,
    readonly averaged: NetworkParameters,
    private readonly statistics: ParameterSet,
  ) {
    this.latent = shape.latent;
    this.resolution = shape.resolution;
    this.sets = { generator: weights, averaged, statistics };
  }

  /** The condition's weight, in [0, 1]. */
  get lambda(): Parameter {
    return this.statistics.get('lambda');
  }

  train(z: Tensor2D, conditions: Tensor2D, draw: DrawKey): Tensor4D {
    const { shape, weights } = this;
    const w = mapLatents(shape, weights, z, conditions, this.lambda.variable as Tensor);
    this.#track(w);
    const noise = randomNormal<Rank.R2>([z.shape[0], noisePixels(shape)], draw);
    return synthesize(shape, weights, w, noiseMaps(shape, noise));
  }

  sample(z: Tensor2D, conditions: Tensor2D): Tensor4D {
    const { shape, averaged } = this;
    const w = mapLatents(shape, averaged, z, conditions, this.lambda.variable as Tensor);
    const rows = filled<Tensor2D>([z.shape[0], 1], 1);
    const noise = matMul(rows, this.statistics.get('noise').variable as Tensor as Tensor2D);
    return synthesize(shape, averaged, w, noiseMaps(shape, noise));
  }

  /** Nothing: samples need no more than weights and state. */
  refresh(): Promise<void> {
    return Promise.resolve();
  }

  restore(): void {}

  #track(w: Tensor2D): void {
    const average = this.statistics.get('average');
    const now = mean(w, 0);
    assignInPlace(average, add(now, mul(sub(average.variable, now), averageKept)));
  }

  dispose(): void {
    for (const set of [this.weights, this.averaged, this.statistics]) set.dispose();
  }
}
