import { afterEach, describe, expect, it } from 'vitest';
import { CounterRandom } from '../../shared/rng';
import { Adam, Ema } from '../adam/adam';
import { assignInPlace, lossAndGradients, ParameterSet } from '../parameter';
import { compileStep, type Step } from './plan';
import { randomNormal } from '../random/random';
import {
  add,
  cast,
  concat,
  conv2d,
  div,
  grad,
  keep,
  leakyRelu,
  matMul,
  mean,
  mul,
  oneHot,
  reshape,
  scalar,
  softplus,
  sqrt,
  square,
  sum,
  tanh,
  tensor1d,
  tensor2d,
  tidy,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '../tensor';
import { testEngine } from '../testing/testEngine';

const batch = 4;
const disposables: { dispose(): void }[] = [];
function owned<T extends { dispose(): void }>(thing: T): T {
  disposables.unshift(thing); // disposed in reverse order of making
  return thing;
}
afterEach(() => {
  for (const thing of disposables.splice(0)) thing.dispose();
});

type Key = 'step' | 'rate' | 'labels';

/** A small GAN-like step: conditional input, R1, spectral-norm-like state, Adam, EMA, random numbers. */
class Model {
  readonly set = owned(new ParameterSet('model'));
  readonly average: ParameterSet;
  readonly adam: Adam;
  private readonly ema: Ema;

  constructor(seed: number) {
    const random = new CounterRandom(seed);
    const add4 = (name: string, shape: number[], scale: number, trainable = true): void => {
      const size = shape.reduce((a, b) => a * b, 1);
      this.set.add(
        name,
        shape,
        Float32Array.from({ length: size }, () => scale * random.normal()),
        { trainable },
      );
    };
    add4('conv0', [3, 3, 3, 8], 0.2);
    add4('conv1', [3, 3, 8, 8], 0.1);
    add4('bias', [8], 0.1);
    add4('linear', [4 * 4 * 8 + 3, 1], 0.1);
    add4('u', [1, 8], 1, false);
    this.average = owned(this.set.sibling('average', 'copy'));
    this.adam = owned(new Adam(this.set, { beta1: 0.5, beta2: 0.9, epsilon: 1e-8 }));
    this.ema = owned(new Ema(this.set, this.average));
  }

  private get<T extends Tensor>(name: string): T {
    return this.set.get(name).variable as Tensor as T;
  }

  private logits(x: Tensor4D, hot: Tensor2D, weight: Tensor4D): Tensor {
    const h0 = leakyRelu(conv2d(x, this.get<Tensor4D>('conv0'), 2, 'same'), 0.2);
    const h1 = leakyRelu(add(conv2d(h0, weight, 1, 'same'), this.get('bias')), 0.2);
    return matMul(concat([reshape(h1, [batch, -1]), hot], 1), this.get<Tensor2D>('linear'));
  }

  /** Weight over the norm of its product with a vector that takes a power-iteration-like step in place. */
  private normalized(): Tensor4D {
    const weight = this.get<Tensor4D>('conv1');
    const product = matMul(this.get<Tensor2D>('u'), reshape(weight, [8, -1]));
    const norm = sqrt(sum(square(product)));
    assignInPlace(this.set.get('u'), div(matMul(product, reshape(weight, [8, -1]), false, true), norm) as Tensor2D);
    return div(weight, add(norm, 1));
  }

  body = ({ step, rate, labels }: Record<Key, Tensor>): Record<string, Tensor> => {
    const x = randomNormal<never>([batch, 8, 8, 3] as never, { seed: 7, stream: 1, step }) as Tensor4D;
    const hot = cast(oneHot(labels, 3), 'float32') as Tensor2D;
    let penalty: Tensor = scalar(0);
    const { value, gradients } = lossAndGradients(() => {
      const weight = this.normalized();
      const slope = grad((t: Tensor) => sum(this.logits(t as Tensor4D, hot, weight)))(x);
      penalty = keep(mul(sum(square(slope)), 0.1));
      return add(mean(softplus(this.logits(x, hot, weight))), penalty);
    }, this.set.trainable());
    this.adam.apply(gradients, { rate });
    this.ema.update(scalar(0.9));
    const kept = penalty.clone();
    penalty.dispose();
    return { loss: value, penalty: kept, nonFinite: this.adam.nonFinite, constant: scalar(0.25) };
  };

  step(eager: boolean, submitMilliseconds = Infinity): Step<Key> {
    return owned(
      compileStep<Key>({
        name: eager ? 'eager' : 'captured',
        inputs: {
          step: { shape: [], dtype: 'int32' },
          rate: { shape: [] },
          labels: { shape: [batch], dtype: 'int32' },
        },
        body: this.body,
        eager,
        submitMilliseconds,
      }),
    );
  }

  /** Everything the step changes, as bits. */
  async bits(): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    const parts = { set: this.set.toArrays(), average: this.average.toArrays(), adam: this.adam.toArrays() };
    for (const [part, arrays] of Object.entries(parts)) {
      for (const [name, { data }] of await arrays)
        found[`${part}.${name}`] = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
    }
    return found;
  }
}

const inputsOf = (step: number): Record<Key, Float32Array | Int32Array> => ({
  step: Int32Array.of(step),
  rate: Float32Array.of(0.01 / (1 + step)),
  labels: Int32Array.of(step % 3, 1, 2, (step + 1) % 3),
});

async function train(
  step: Step<Key>,
  from: number,
  to: number,
  between?: () => Promise<void>,
): Promise<Record<string, number>[]> {
  const stats: Record<string, number>[] = [];
  for (let i = from; i < to; i++) {
    step.run(inputsOf(i));
    await between?.();
    stats.push(await step.readStats());
  }
  return stats;
}

const liveOneStep = async (): Promise<void> => {
  const step = compileStep({
    name: 'leak',
    inputs: { step: { shape: [], dtype: 'int32' } },
    body: ({ step: at }) => ({ x: sum(randomNormal([100], { seed: 1, stream: 1, step: at })) }),
  });
  step.run({ step: Int32Array.of(1) });
  await step.readStats();
  step.dispose();
};

describe('a captured step', () => {
  it('gives the bits of the eager one, in statistics, parameters, moments, averages and state', async () => {
    await testEngine();
    const [eager, captured] = [new Model(1), new Model(1)];
    const expected = await train(eager.step(true), 0, 6);
    const actual = await train(captured.step(false), 0, 6);
    expect(actual).toEqual(expected);
    expect(new Set(actual.map(({ loss }) => loss)).size).toBe(6);
    expect(actual[0]).toMatchObject({ nonFinite: 0, constant: 0.25 });
    expect(await captured.bits()).toEqual(await eager.bits());
  });

  it('is not disturbed by other plans, eager work and garbage between its runs, nor disturbs them', async () => {
    await testEngine();
    const alone = new Model(2);
    const expected = await train(alone.step(true), 0, 5);
    const [first, second] = [new Model(2), new Model(3)];
    const [stepA, stepB] = [first.step(false), second.step(false)];
    const expectedB = await train(new Model(3).step(true), 10, 15);
    const statsB: Record<string, number>[] = [];
    const project = (): Tensor =>
      tidy(() => tanh(matMul(tensor2d([[1, 2, 3, 4, 5, 6, 7, 8]]), reshape(first.set.get('conv1').variable, [8, -1]))));
    let other = 9;
    const actual = await train(stepA, 0, 5, async () => {
      const sample = project();
      statsB.push(...(await train(stepB, ++other, other + 1)));
      const before = await sample.data();
      const again = project();
      expect(await again.data()).toEqual(before);
      sample.dispose();
      again.dispose();
    });
    expect(actual).toEqual(expected);
    expect(statsB).toEqual(expectedB);
    expect(await first.bits()).toEqual(await alone.bits());
  });

  it('compiles in the background when asked to, with eager work going on meanwhile', async () => {
    const { context } = await testEngine();
    const expected = await train(new Model(8).step(true), 0, 2);
    const model = new Model(8);
    const step = model.step(false);
    const { device } = context;
    let compiled = 0;
    const original = device.createComputePipeline.bind(device);
    Object.defineProperty(device, 'createComputePipeline', {
      configurable: true,
      value: (descriptor: GPUComputePipelineDescriptor) => (compiled++, original(descriptor)),
    });
    const seen: [number, number][] = [];
    const preparing = step.prepare((done, total) => seen.push([done, total]));
    const now = await add(tensor1d([1, 2, 3]), 0.5).data(); // may need a pipeline that is being compiled
    const compiledEagerly = compiled;
    await preparing;
    expect(compiled).toBe(compiledEagerly);
    Reflect.deleteProperty(device, 'createComputePipeline');
    expect([...now]).toEqual([1.5, 2.5, 3.5]);
    const total = seen[0]?.[1] ?? 0;
    expect(seen).toEqual(Array.from({ length: total }, (_, i) => [i + 1, total]));
    expect(step.info?.dispatches).toBeGreaterThan(total);
    expect(await train(step, 0, 2)).toEqual(expected);
  });

  it('creates nothing and submits once a run when it is warm', async () => {
    const { context, backend } = await testEngine();
    const model = new Model(4);
    const step = model.step(false);
    await train(step, 0, 2);
    const { device } = context;
    const counts = { createBuffer: 0, createBindGroup: 0, createComputePipeline: 0, createShaderModule: 0 };
    const names = Object.keys(counts) as (keyof typeof counts)[];
    for (const name of names) {
      const original = device[name].bind(device) as (descriptor: never) => unknown;
      Object.defineProperty(device, name, {
        configurable: true,
        value: (descriptor: never) => (counts[name]++, original(descriptor)),
      });
    }
    const before = backend.counters.submits;
    for (let i = 2; i < 7; i++) step.run(inputsOf(i));
    expect(backend.counters.submits - before).toBe(5);
    await step.readStats();
    for (const name of names) Reflect.deleteProperty(device, name);
    expect(counts).toEqual({ createBuffer: 0, createBindGroup: 0, createComputePipeline: 0, createShaderModule: 0 });
  });

  it('is cut into several submits where one would take too long', async () => {
    const { backend } = await testEngine();
    const expected = await train(new Model(9).step(true), 0, 5);
    const step = new Model(9).step(false, 1e-3);
    const first = await train(step, 0, 3);
    const before = backend.counters.submits;
    const rest = await train(step, 3, 5);
    expect(backend.counters.submits - before).toBeGreaterThan(10);
    expect([...first, ...rest]).toEqual(expected);
  });

  it('plans less memory than its values take, and writes gradients where Adam reads them', async () => {
    await testEngine();
    const step = new Model(5).step(false);
    step.compile();
    expect(step.info?.virtualBytes).toBeLessThan(0.5 * (step.info?.unsharedBytes ?? 0));
    // What cannot be written in place: the constant statistic, the int32 counter, u's old value being read, nothing
    // else.
    expect(step.info?.copies).toBeLessThanOrEqual(5);
  });

  it('leaves nothing behind', async () => {
    const engine = await testEngine();
    await liveOneStep();
    const before = { tensors: engine.memory().tensors, data: engine.backend.numDataIds() };
    await liveOneStep();
    expect({ tensors: engine.memory().tensors, data: engine.backend.numDataIds() }).toEqual(before);
  });
});
