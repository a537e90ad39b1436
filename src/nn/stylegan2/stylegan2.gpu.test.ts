// StyleGAN2 against PyTorch in float64 (scripts/stylegan2Reference.py), whose networks modulate weights instead of
// activations. 1e-5 is what float32 sums of this length are off by, 1e-3 the project's bound for gradients.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Adam, Ema } from '../../gpu/adam/adam';
import { lossAndGradients, type Parameter } from '../../gpu/parameter';
import { weightedSoftplus } from '../../gpu/softplus/weightedSoftplus';
import { add, concat, mul, scalar, tensor2d, tidy, type Tensor, type Tensor2D, type Tensor4D } from '../../gpu/tensor';
import { relativeError } from '../../gpu/testing/arrays';
import { testEngine } from '../../gpu/testing/testEngine';
import { CounterRandom } from '../../shared/rng';
import { NetworkParameters } from '../networkParameters';
import { r1Penalty, StyleDiscriminator } from './discriminator';
import { arrayOf, arraysOf, goldenCritic, goldenGenerator, numberOf, tensorOf } from './golden.testing';
import { noisyLayers } from './layout';
import { mapLatents, meanLatents, truncated } from './mapping';
import { discriminatorPlan, generatorPlan } from './plan';
import { stylesOf, synthesize } from './synthesis';

const [batch, lambda] = [numberOf('batch'), numberOf('lambda')];
const made: { dispose: () => void }[] = [];

beforeEach(() => testEngine());
afterEach(() => {
  for (const thing of made.splice(0)) thing.dispose();
});

function network(plan: typeof generatorPlan | typeof discriminatorPlan, group: string): NetworkParameters {
  const parameters = (plan as (shape: object) => ReturnType<typeof generatorPlan>)({
    ...goldenCritic,
    ...goldenGenerator,
  });
  const weights = NetworkParameters.create(group, parameters, new CounterRandom(1, 1));
  weights.load(arraysOf(group));
  made.push(weights);
  return weights;
}

const noises = (): Tensor4D[] => noisyLayers(goldenGenerator).map(({ name }) => tensorOf<Tensor4D>('noise', name));
const conditionsOf = (kind: 'fake' | 'real'): Tensor2D => tensorOf('input', `${kind}Conditions`);

function picturesOf(weights: NetworkParameters): Tensor4D {
  const w = mapLatents(goldenGenerator, weights, tensorOf('input', 'z'), conditionsOf('fake'), scalar(lambda));
  return synthesize(goldenGenerator, weights, stylesOf(weights, w), noises());
}

async function expectNear(actual: Tensor, group: string, name: string, tolerance = 1e-5): Promise<void> {
  const { data, shape } = arrayOf(group, name);
  expect(actual.shape, name).toEqual(shape);
  expect(relativeError(await actual.data(), data), name).toBeLessThanOrEqual(tolerance);
}

/** Relative to each parameter's own largest, and never to less than a hundred-thousandth of the largest of all. */
async function expectGradients(
  gradients: readonly Tensor[],
  leaves: readonly Parameter[],
  group: string,
): Promise<void> {
  const expected = arraysOf(group);
  expect([...expected.keys()].toSorted()).toEqual(leaves.map(({ name }) => name).toSorted());
  const largest = (values: ArrayLike<number>): number =>
    Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const overall = Math.max(...[...expected.values()].map(({ data }) => largest(data)));
  for (const [i, { name }] of leaves.entries()) {
    const wanted = expected.get(name)?.data ?? new Float32Array();
    const actual = await (gradients[i] as Tensor).data();
    const off = largest(Array.from(actual, (value, at) => value - (wanted[at] ?? NaN)));
    expect(off / Math.max(largest(wanted), 1e-5 * overall), name).toBeLessThanOrEqual(1e-3);
  }
}

/** The means over a kind's pictures of softplus(-sign a) and lambda softplus(-sign b). */
function logistic(logits: Tensor2D, sign: 1 | -1): Tensor {
  const count = logits.shape[0];
  const coefficients = Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? 1 : lambda) / count);
  return weightedSoftplus(
    logits,
    tensor2d(new Float32Array(2 * count).fill(sign), [count, 2]),
    tensor2d(coefficients, [count, 2]),
  );
}

describe('StyleGAN2', () => {
  it('has the parameters of the reference, by name and shape', () => {
    const shapes = (plan: readonly { name: string; shape: readonly number[] }[]): Map<string, string> =>
      new Map(plan.map(({ name, shape }) => [name, shape.join()]));
    const golden = (group: string): Map<string, string> =>
      new Map([...arraysOf(group)].map(([name, { shape }]) => [name, shape.join()]));
    expect(new Map([...shapes(generatorPlan(goldenGenerator))].toSorted())).toEqual(
      new Map([...golden('g0')].toSorted()),
    );
    expect(new Map([...shapes(discriminatorPlan(goldenCritic))].toSorted())).toEqual(
      new Map([...golden('d0')].toSorted()),
    );
  });

  it('maps, truncates towards the mean of the condition, and draws as the reference does', async () => {
    const weights = network(generatorPlan, 'g0');
    const [w, short, pictures] = tidy(() => {
      const conditions = conditionsOf('fake');
      const mapped = mapLatents(goldenGenerator, weights, tensorOf('input', 'z'), conditions, lambda);
      const means = meanLatents(goldenGenerator, weights, tensorOf('forward', 'latents'), conditions, lambda);
      return [mapped, truncated(mapped, means, 0.7), picturesOf(weights)];
    }) as [Tensor, Tensor, Tensor];
    await expectNear(w, 'forward', 'w');
    await expectNear(short, 'forward', 'truncated');
    await expectNear(pictures, 'forward', 'pictures');
    for (const each of [w, short, pictures]) each.dispose();
  });

  it('judges as the reference does', async () => {
    const critic = new StyleDiscriminator(goldenCritic, network(discriminatorPlan, 'd0'));
    for (const kind of ['fake', 'real'] as const) {
      const x = kind === 'fake' ? tensorOf<Tensor4D>('forward', 'pictures') : tensorOf<Tensor4D>('input', 'reals');
      const logits = tidy(() => critic.forward(x, conditionsOf(kind)));
      await expectNear(logits, 'forward', `${kind}Logits`);
      logits.dispose();
      x.dispose();
    }
  });

  it('gives the critic’s loss the reference’s gradients', async () => {
    const critic = new StyleDiscriminator(goldenCritic, network(discriminatorPlan, 'd0'));
    const { value, gradients } = tidy(() =>
      lossAndGradients(() => {
        const fake = critic.forward(tensorOf('forward', 'pictures'), conditionsOf('fake'));
        const real = critic.forward(tensorOf('input', 'reals'), conditionsOf('real'));
        return add(logistic(fake, -1), logistic(real, 1));
      }, critic.weights.leaves),
    );
    expect(((await value.data())[0] ?? NaN) / numberOf('lossD')).toBeCloseTo(1, 5);
    await expectGradients(gradients, critic.weights.leaves, 'dLoss');
  });

  it('gives R1 the reference’s gradient by every parameter, zeros where it does not reach', async () => {
    const critic = new StyleDiscriminator(goldenCritic, network(discriminatorPlan, 'd1'));
    const { value, gradients } = tidy(() =>
      lossAndGradients(
        () => {
          const penalty = r1Penalty(
            (x) => critic.penalized(x, tensorOf('input', 'realConditions')),
            tensorOf('input', 'reals'),
            numberOf('gamma'),
          );
          return mul(penalty, numberOf('r1Every'));
        },
        critic.weights.leaves,
        'zeros',
      ),
    );
    expect(((await value.data())[0] ?? NaN) / (numberOf('r1') * numberOf('r1Every'))).toBeCloseTo(1, 4);
    await expectGradients(gradients, critic.weights.leaves, 'r1');
    const at = critic.weights.leaves.findIndex(({ name }) => name === 'projection.weight');
    expect(new Set(await (gradients[at] as Tensor).data())).toEqual(new Set([0]));
  });

  it('has residuals where it is asked for: logits and R1’s gradient', async () => {
    const weights = NetworkParameters.create(
      'resnet',
      discriminatorPlan({ ...goldenCritic, residual: true }),
      new CounterRandom(1, 1),
    );
    made.push(weights);
    weights.load(arraysOf('resnet'));
    const critic = new StyleDiscriminator({ ...goldenCritic, residual: true }, weights);
    const { logits, gradients } = tidy(() => {
      const penalty = (): Tensor =>
        r1Penalty((x) => critic.penalized(x, tensorOf('input', 'realConditions')), tensorOf('input', 'reals'), 2);
      return {
        logits: critic.forward(tensorOf('input', 'reals'), conditionsOf('real')),
        gradients: lossAndGradients(penalty, weights.leaves, 'zeros').gradients,
      };
    });
    await expectNear(logits, 'forward', 'resnetLogits');
    await expectGradients(gradients, weights.leaves, 'resnetR1');
  });

  it('gives the generator’s loss the reference’s gradients', async () => {
    const generator = network(generatorPlan, 'g0');
    const critic = new StyleDiscriminator(goldenCritic, network(discriminatorPlan, 'd2'));
    const { value, gradients } = tidy(() =>
      lossAndGradients(
        () => logistic(critic.forward(picturesOf(generator), conditionsOf('fake')), 1),
        generator.leaves,
      ),
    );
    expect(((await value.data())[0] ?? NaN) / numberOf('lossG')).toBeCloseTo(1, 5);
    await expectGradients(gradients, generator.leaves, 'gLoss');
  });

  it('sees only its own kind: reals and fakes in one batch would be judged otherwise', async () => {
    const critic = new StyleDiscriminator(goldenCritic, network(discriminatorPlan, 'd0'));
    const logits = tidy(() =>
      critic.forward(
        concat<Tensor4D>([tensorOf('input', 'reals'), tensorOf('forward', 'pictures')], 0),
        concat<Tensor2D>([conditionsOf('real'), conditionsOf('fake')], 0),
      ),
    );
    const first = (await logits.data()).slice(0, 2 * batch);
    expect(relativeError(first, arrayOf('forward', 'realLogits').data)).toBeGreaterThan(1e-2);
    logits.dispose();
  });
});

describe('Adam with the gains of StyleGAN2', () => {
  /** Steps of lazy regularisation: the rate and the logarithm of beta2 times k / (k + 1). */
  function optimizerOf(weights: NetworkParameters, every: number): { adam: Adam; rate: number } {
    const ratio = every / (every + 1);
    const options = { beta1: 0, beta2: numberOf('beta2') ** ratio, epsilon: numberOf('epsilon') };
    const adam = new Adam(weights.raw, options, weights.gains);
    made.push(adam);
    return { adam, rate: numberOf('rate') * ratio };
  }

  function step(weights: NetworkParameters, { adam, rate }: ReturnType<typeof optimizerOf>, group: string): void {
    tidy(() =>
      adam.apply(
        weights.raw.trainable().map(({ name }) => tensorOf(group, name)),
        { rate },
      ),
    );
  }

  async function expectState(weights: Pick<NetworkParameters, 'toArrays'>, group: string): Promise<void> {
    const actual = await weights.toArrays();
    for (const [name, { data }] of arraysOf(group))
      expect(relativeError(actual.get(name)?.data ?? [], data), name).toBeLessThanOrEqual(1e-5);
  }

  it('takes the discriminator’s two steps, R1 the second, as the reference does', async () => {
    const weights = network(discriminatorPlan, 'd0');
    const optimizer = optimizerOf(weights, numberOf('r1Every'));
    step(weights, optimizer, 'dLoss');
    await expectState(weights, 'd1');
    step(weights, optimizer, 'r1');
    await expectState(weights, 'd2');
  });

  it('takes the generator’s step, and averages after it', async () => {
    const weights = network(generatorPlan, 'g0');
    const averaged = weights.sibling('averaged');
    const ema = new Ema(weights.raw, averaged.raw);
    made.push(averaged, ema);
    step(weights, optimizerOf(weights, numberOf('pathEvery')), 'gLoss');
    await expectState(weights, 'g1');
    tidy(() => ema.update(scalar(numberOf('emaDecay'))));
    await expectState(averaged, 'average');
  });
});
