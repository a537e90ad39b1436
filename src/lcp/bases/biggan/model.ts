/** BigGAN as a base model: hinge losses, one batch for reals and fakes, several discriminator steps an iteration. */
import { Discriminator } from '../../../nn/biggan/discriminator';
import { GeneratorModel } from '../../../nn/biggan/generatorModel';
import { hinge } from '../../training/adversarial';
import { discriminatorStep } from '../../training/discriminatorStep';
import { generatorStep } from '../../training/generatorStep';
import type { BaseModel } from '../baseModel';
import { discriminatorShapeOf, generatorShapeOf, type BigGanConfig } from './facts';
import { discriminatorTorch, generatorTorch } from './torch';

export const bigGan: BaseModel<BigGanConfig> = {
  adversarial: hinge,
  oneBatch: true,
  generator: (config, conditions, { weights, averaged, statistics }) =>
    new GeneratorModel(generatorShapeOf(config, conditions), weights, averaged, statistics),
  discriminator: (config, conditions, weights) => new Discriminator(discriminatorShapeOf(config, conditions), weights),
  steps: (context) => [discriminatorStep(context), generatorStep(context)],
  optimizers: ({ optimizer: { generatorRate, discriminatorRate, ...same } }) => ({
    generator: { ...same, rate: generatorRate },
    discriminator: { ...same, rate: discriminatorRate },
    clipHead: { ...same, rate: discriminatorRate },
  }),
  torch: { generator: generatorTorch, discriminator: discriminatorTorch },
};
