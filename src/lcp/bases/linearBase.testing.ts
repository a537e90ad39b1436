/**
 * A throw-away base model: both networks linear, a logistic game, kinds of pictures judged apart, and a lazy step of
 * its own. It shows how much a base model has to bring.
 */
import { lossAndGradients } from '../../gpu/parameter';
import { matMul } from '../../gpu/matmul/matmul';
import { add, concat, mul, reshape, square, sum, tanh, type Tensor2D, type Tensor4D } from '../../gpu/tensor';
import { tableRows } from '../../nn/conditionTable';
import { filled } from '../../nn/filled';
import type { NetworkParameters } from '../../nn/networkParameters';
import type { ConfigOf } from '../../shared/config';
import { logistic } from '../training/adversarial';
import { discriminatorStep } from '../training/discriminatorStep';
import { generatorStep } from '../training/generatorStep';
import { plainLayout } from '../checkpoint/torchLayout';
import type { StepContext, TrainingStep } from '../training/step';
import { floats, stepInput } from '../training/stepInputs';
import type { BaseOutline } from './baseFacts';
import type { BaseModel } from './baseModel';

const [latent, values] = [6, 32 * 32 * 3];

const pictures = (weights: NetworkParameters, z: Tensor2D, conditions: Tensor2D): Tensor4D =>
  reshape(tanh(add(matMul(z, weights.get('linear.weight')), matMul(conditions, weights.get('embedding.weight')))), [
    z.shape[0],
    32,
    32,
    3,
  ]);

/** A step of weight decay, as R1 would be one: every second iteration. */
const decayStep = ({ networks, optimizers }: StepContext): TrainingStep => ({
  name: 'decay',
  every: 2,
  times: 1,
  inputs: { rate: floats() },
  values: ({ rates }) => ({ rate: Float32Array.of(rates.discriminator) }),
  body: (inputs) => {
    const { weights } = networks.discriminator;
    const decay = () => add(sum(square(weights.get('linear.weight'))), sum(square(weights.get('embedding.weight'))));
    const { value, gradients } = lossAndGradients(decay, weights.leaves);
    optimizers.discriminator.apply(gradients, { rate: stepInput(inputs, 'rate') });
    return { decay: value };
  },
});

export const linearFacts: BaseOutline = {
  title: 'Linear',
  fields: { networks: [], optimizer: [] },
  resolutions: [32],
  latent: () => latent,
  plans: (_, conditions) => ({
    generator: [
      { name: 'linear.weight', shape: [latent, values], init: { normal: 0.5 }, gain: 0.5 },
      { name: 'embedding.weight', shape: [tableRows(conditions), values], init: { normal: 0.5 }, gain: 0.5 },
    ],
    statistics: [{ name: 'refreshed', shape: [2], init: 7 }],
    discriminator: [
      { name: 'linear.weight', shape: [values, 1], init: { normal: 1 / 64 }, gain: 1 / 64 },
      { name: 'embedding.weight', shape: [tableRows(conditions), values], init: 0 },
    ],
  }),
  activations: () => ({ generator: values, discriminator: values }),
  products: () => ({ generator: latent * values, discriminator: values }),
  memoryLevers: () => [],
  styleCuts: () => null,
  summary: () => 'linear networks',
  metadata: () => ({}),
};

export const linearBase: BaseModel<ConfigOf<'biggan'>> = {
  adversarial: logistic,
  oneBatch: false,
  generator: (_config, _conditions, { weights, averaged, statistics }) => ({
    latent,
    resolution: 32,
    styles: null,
    weights,
    averaged,
    sets: { generator: weights, averaged, statistics },
    train: (z, conditions) => pictures(weights, z, conditions),
    sample: (z, conditions) => pictures(averaged, z, conditions),
    refresh: () => Promise.resolve(),
    restore: () => {},
    dispose: () => [weights, averaged, statistics].forEach((set) => set.dispose()),
  }),
  discriminator: (_config, _conditions, weights) => ({
    weights,
    forward(x, conditions) {
      const flat = reshape(x, [x.shape[0], values]) as Tensor2D;
      const own = mul(flat, matMul(conditions, weights.get('embedding.weight'))) as Tensor2D;
      return concat<Tensor2D>(
        [matMul(flat, weights.get('linear.weight')), matMul(own, filled<Tensor2D>([values, 1], 1 / values))],
        1,
      );
    },
  }),
  steps: (context) => [discriminatorStep(context), decayStep(context), generatorStep(context)],
  optimizers: ({ optimizer: { beta1, beta2, epsilon, generatorRate: rate } }) => ({
    generator: { beta1, beta2, epsilon, rate },
    discriminator: { beta1, beta2, epsilon, rate },
    clipHead: { beta1, beta2, epsilon, rate },
  }),
  torch: { generator: plainLayout, discriminator: plainLayout },
};
