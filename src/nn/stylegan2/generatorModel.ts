/**
 * StyleGAN2's generator as training and sampling see it: the one that is trained, its moving average, and what belongs
 * to neither: the running mean of w, the noise that samples are drawn with, and lambda, the weight at which the condition
 * enters the mapping. lambda is state, so that samples are drawn, and runs resumed, at the weight of the last step.
 */
import { assignInPlace, ParameterSet, type Parameter } from '../../gpu/parameter';
import { matMul } from '../../gpu/matmul/matmul';
import { randomNormal } from '../../gpu/random/random';
import { splitColumns } from '../../gpu/split/splitColumns';
import {
  add,
  mean,
  mul,
  slice,
  sub,
  tensor2d,
  type Rank,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '../../gpu/tensor';
import { filled } from '../filled';
import type { DrawKey, GeneratorNetwork, Rows, SampleStyle, StyledSampling } from '../networks';
import type { NetworkParameters } from '../networkParameters';
import { styleCount, styleMask } from './layout';
import { mapLatents, meanLatents, truncated } from './mapping';
import { noisePixels, type StyleGeneratorShape } from './plan';
import { mixedStyles, noiseMaps, stylesOf, synthesize } from './synthesis';

/** What a new batch leaves of the running mean of w. */
const averageKept = 0.995;

export class StyleGenerator implements GeneratorNetwork {
  readonly latent: number;
  readonly resolution: number;
  readonly sets: GeneratorNetwork['sets'];
  readonly styles: StyledSampling;
  /** Style mixing's mask for the present step; made anew in each, so it is no state of the run. Null without mixing. */
  readonly mask: Parameter | null;
  readonly #masks: ParameterSet | null;

  /**
   * @param weights made by `generatorPlan` @param averaged their sibling @param statistics made by `statisticsPlan`
   * @param mixes whether training mixes styles
   */
  constructor(
    readonly shape: StyleGeneratorShape,
    readonly weights: NetworkParameters,
    readonly averaged: NetworkParameters,
    private readonly statistics: ParameterSet,
    mixes = false,
  ) {
    this.latent = shape.latent;
    this.resolution = shape.resolution;
    this.sets = { generator: weights, averaged, statistics };
    this.styles = {
      count: styleCount(shape),
      means: (z, conditions) => meanLatents(shape, averaged, z, conditions, this.#lambda),
    };
    this.#masks = mixes ? new ParameterSet('mixing') : null;
    const mask = styleMask(shape, styleCount(shape));
    this.mask = this.#masks && this.#masks.add('mask', [1, mask.length], mask, { trainable: false });
  }

  /** The condition's weight, in [0, 1]. */
  get lambda(): Parameter {
    return this.statistics.get('lambda');
  }

  get #lambda(): Tensor {
    return this.lambda.variable as Tensor;
  }

  /**
   * With mixing a second style comes in where `mask` is 0, from a latent that is drawn with the noise. Styles are made
   * for the whole batch even where `rows` are asked for: they cost little, and their mean is tracked.
   */
  train(z: Tensor2D, conditions: Tensor2D, draw: DrawKey, rows?: Rows): Tensor4D {
    const { shape, weights } = this;
    const w = mapLatents(shape, weights, z, conditions, this.#lambda);
    if (!rows || rows.first === 0) this.#track(w);
    const [batch] = z.shape;
    const some = (values: Tensor2D): Tensor2D =>
      rows ? slice(values, [rows.first, 0], [rows.count, values.shape[1]]) : values;
    let styles = stylesOf(weights, w);
    let noise: Tensor2D;
    if (this.mask) {
      const drawn = randomNormal<Rank.R2>([batch, shape.latent + noisePixels(shape)], draw);
      const [second, others] = splitColumns(drawn, [shape.latent, noisePixels(shape)]) as [Tensor2D, Tensor2D];
      const other = stylesOf(weights, mapLatents(shape, weights, second, conditions, this.#lambda));
      styles = mixedStyles(styles, other, this.mask.variable as Tensor as Tensor2D);
      noise = others;
    } else noise = randomNormal<Rank.R2>([batch, noisePixels(shape)], draw);
    return synthesize(shape, weights, some(styles), noiseMaps(shape, some(noise)));
  }

  sample(z: Tensor2D, conditions: Tensor2D, style?: SampleStyle): Tensor4D {
    const { shape, averaged } = this;
    const stylesFor = (latents: Tensor2D, rows: Tensor2D, means: Tensor2D | null): Tensor2D => {
      const w = mapLatents(shape, averaged, latents, rows, this.#lambda);
      return stylesOf(averaged, means && style ? truncated(w, means, style.truncation) : w);
    };
    let styles = stylesFor(z, conditions, style?.means ?? null);
    if (style?.mixed) {
      const { mixed } = style;
      const mask = styleMask(shape, mixed.from);
      styles = mixedStyles(styles, stylesFor(mixed.z, mixed.conditions, mixed.means), tensor2d(mask, [1, mask.length]));
    }
    const rows = filled<Tensor2D>([z.shape[0], 1], 1);
    const noise = matMul(rows, this.statistics.get('noise').variable as Tensor as Tensor2D);
    return synthesize(shape, averaged, styles, noiseMaps(shape, noise));
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
    for (const set of [this.weights, this.averaged, this.statistics, this.#masks]) set?.dispose();
  }
}
