/**
 * BigGAN's generator as training and sampling see it: the one that is trained, its moving average, and the average's
 * standing batch-norm statistics. `refresh` recomputes these for the weights as they are, which makes pictures a
 * function of weights, z and u alone, here and in the exported generator.
 */
import type { ParameterSet } from '../../gpu/parameter';
import { scalar, tidy, type Tensor2D, type Tensor4D } from '../../gpu/tensor';
import type { NetworkParameters } from '../networkParameters';
import type { DrawKey, GeneratorNetwork, Rows } from '../networks';
import { Generator } from './generator';
import type { GeneratorShape } from './plan';

/** Batches that the standing statistics are taken over. */
const standingBatches = 4;
/** Steps that the averaged weights' power iterations take from the raw generator's vectors, which are near already. */
const spectralSteps = 3;

export class GeneratorModel implements GeneratorNetwork {
  readonly latent: number;
  readonly resolution: number;
  readonly sets: GeneratorNetwork['sets'];
  readonly styles = null;
  readonly #trained: Generator;
  readonly #sampled: Generator;

  /** @param weights made by `generatorPlan` @param averaged their sibling @param statistics made by `statisticsPlan` */
  constructor(
    shape: GeneratorShape,
    readonly weights: NetworkParameters,
    readonly averaged: NetworkParameters,
    private readonly statistics: ParameterSet,
  ) {
    this.latent = shape.latent;
    this.resolution = shape.resolution;
    this.#trained = new Generator(shape, weights, null);
    this.#sampled = new Generator(shape, averaged, statistics);
    this.sets = { generator: weights, averaged, statistics };
  }

  train(z: Tensor2D, conditions: Tensor2D, _draw: DrawKey, rows?: Rows): Tensor4D {
    if (rows) throw new RangeError('batch norm looks at the whole batch');
    return this.#trained.forward(z, conditions, { kind: 'batch' });
  }

  sample(z: Tensor2D, conditions: Tensor2D): Tensor4D {
    return this.#sampled.forward(z, conditions, { kind: 'standing' });
  }

  async refresh(draw: (batch: number) => { z: Tensor2D; conditions: Tensor2D }): Promise<void> {
    const { averaged, weights } = this;
    averaged.takeVectors(weights);
    for (let i = 0; i < spectralSteps; i++) averaged.normalize('update');
    this.restore(); // sigma = |W u| of the stored u, as anyone who loads the weights will compute it
    for (let batch = 0; batch < standingBatches; batch++) {
      const pictures = tidy(() => {
        const { z, conditions } = draw(batch);
        return this.#sampled.forward(z, conditions, { kind: 'collect', share: scalar(1 / (batch + 1)) });
      });
      pictures.dispose();
      await averaged.get('output.conv.bias').data(); // three numbers: waits for the chunk
    }
  }

  restore(): void {
    this.averaged.normalize('hold');
  }

  dispose(): void {
    for (const set of [this.weights, this.averaged, this.statistics]) set.dispose();
  }
}
