import { describe, expect, it } from 'vitest';
import { CounterRandom } from '../shared/rng';
import { Adam } from './adam/adam';
import { dense } from './dense/dense';
import { acquireDevice } from './device/device';
import { createEngine, type Engine } from './engine';
import { productRecords } from './gemm/productRecords';
import { matMul } from './matmul/matmul';
import { lossAndGradients, ParameterSet, type NamedArray } from './parameter';
import { compileStep, type Step } from './capture/plan';
import { randomNormal } from './random/random';
import { mean, mul, square, type Tensor2D } from './tensor';
import { discardTestEngine, testEngine } from './testing/testEngine';

type Arrays = ReadonlyMap<string, NamedArray>;

interface State {
  set: Arrays;
  adam: Arrays;
}

/** A network of two layers and its optimizer, trained on random numbers: everything lives on the current engine. */
class Rig {
  private readonly set = new ParameterSet('rebuilt');
  private readonly adam: Adam;
  private readonly step: Step<'step'>;

  constructor(state: State | null) {
    const random = new CounterRandom(3);
    for (const [name, shape] of [
      ['w0', [6, 9]],
      ['b0', [9]],
      ['w1', [9, 2]],
    ] as const) {
      this.set.add(
        name,
        [...shape],
        Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.3 * random.normal()),
      );
    }
    this.adam = new Adam(this.set, { beta1: 0.5, beta2: 0.9, epsilon: 1e-8 });
    if (state) {
      this.set.load(state.set);
      this.adam.load(state.adam);
    }
    const parameter = <T>(name: string): T => this.set.get(name).variable as unknown as T;
    this.step = compileStep({
      name: 'rebuilt',
      inputs: { step: { shape: [], dtype: 'int32' } },
      body: ({ step }) => {
        const x = randomNormal<never>([5, 6] as never, { seed: 1, stream: 2, step }) as Tensor2D;
        const loss = () =>
          mean(square(matMul(dense(x, parameter('w0'), parameter('b0'), 'lrelu'), parameter<Tensor2D>('w1'))));
        const { value, gradients } = lossAndGradients(loss, this.set.trainable());
        this.adam.apply(gradients, { rate: 0.01 });
        return { loss: mul(value, 1) };
      },
    });
  }

  run(first: number, count: number): void {
    for (let i = first; i < first + count; i++) this.step.run({ step: Int32Array.of(i) });
  }

  async state(): Promise<State> {
    return { set: await this.set.toArrays(), adam: await this.adam.toArrays() };
  }

  dispose(): void {
    this.step.dispose();
    this.adam.dispose();
    this.set.dispose();
  }
}

const bytes = ({ set, adam }: State): string[] =>
  [...set, ...adam].map(
    ([name, { data }]) => `${name} ${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')}`,
  );

async function freshEngine(): Promise<Engine> {
  return createEngine(await acquireDevice());
}

describe('an engine on a new device', () => {
  it('goes on from the state in the CPU’s memory to the bit, time after time', async () => {
    (await testEngine()).dispose();
    discardTestEngine();
    const undisturbed = await freshEngine();
    const whole = new Rig(null);
    whole.run(0, 6);
    const expected = bytes(await whole.state());
    whole.dispose();
    undisturbed.dispose();

    let state: State | null = null;
    for (const first of [0, 2, 4]) {
      const engine = await freshEngine();
      const lost: string[] = [];
      engine.onError((error) => lost.push(error.info.code));
      const records = productRecords(engine.backend.device);
      expect(records.choices.size + records.banned.size).toBe(0);
      const rig: Rig = new Rig(state);
      rig.run(first, 2);
      state = await rig.state();
      // Work goes on, and the device goes away under it.
      rig.run(first + 2, 1);
      engine.backend.device.destroy();
      await engine.context.lost;
      await engine.settle().catch(() => undefined);
      expect(lost[0]).toBe('device-lost');
      rig.dispose();
      engine.dispose();
    }
    expect(state && bytes(state)).toEqual(expected);
  });
});
