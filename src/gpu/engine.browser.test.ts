/**
 * The engine where it will live: a real browser. The mathematics is tested under Node; here, that device, backend,
 * capture and read-back work in Chromium.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { Adam } from './adam/adam';
import { lossAndGradients, ParameterSet } from './parameter';
import { compileStep, type Step } from './capture/plan';
import { randomNormal } from './random/random';
import { add, leakyRelu, matMul, mean, mul, square, type Tensor2D } from './tensor';
import { testEngine } from './testing/testEngine';

type Key = 'step' | 'rate';

function makeStep(eager: boolean): { step: Step<Key>; set: ParameterSet; dispose: () => void } {
  const set = new ParameterSet('browser');
  set.add(
    'w',
    [8, 8],
    Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)),
  );
  set.add('b', [8], null);
  const adam = new Adam(set, { beta1: 0.5, beta2: 0.9, epsilon: 1e-8 });
  const step = compileStep<Key>({
    name: 'browser',
    inputs: { step: { shape: [], dtype: 'int32' }, rate: { shape: [] } },
    body: ({ step: at, rate }) => {
      const x = randomNormal([16, 8], { seed: 1, stream: 1, step: at }) as Tensor2D;
      const { value, gradients } = lossAndGradients(() => {
        const y = leakyRelu(add(matMul(x, set.get('w').variable as unknown as Tensor2D), set.get('b').variable), 0.2);
        return mean(square(add(y, mul(x, -1))));
      }, set.trainable());
      adam.apply(gradients, { rate });
      return { loss: value, nonFinite: adam.nonFinite };
    },
    eager,
  });
  return { step, set, dispose: () => [step, adam, set].forEach((thing) => thing.dispose()) };
}

async function train(eager: boolean): Promise<unknown[]> {
  const { step, set, dispose } = makeStep(eager);
  await step.prepare();
  const found: unknown[] = [];
  for (let i = 0; i < 4; i++) {
    step.run({ step: Int32Array.of(i), rate: Float32Array.of(0.1) });
    found.push(await step.readStats());
  }
  found.push([...(await set.toArrays())]);
  dispose();
  return found;
}

describe('the engine in a browser', () => {
  afterAll(async () => {
    const engine = await testEngine();
    await engine.settle();
    engine.dispose();
  });

  it('trains captured as it trains eagerly, to the bit', async () => {
    const engine = await testEngine();
    expect(engine.context.adapter.maxBufferBytes).toBeGreaterThan(0);
    const captured = await train(false);
    expect(captured).toEqual(await train(true));
    const losses = (captured.slice(0, 4) as { loss: number }[]).map(({ loss }) => loss);
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? NaN);
    await engine.settle();
  });
});
