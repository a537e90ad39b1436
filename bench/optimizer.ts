/**
 * How many dispatches Adam with its moving average takes in a captured step, for networks of few and of many tensors.
 * Counts, on the null backend.
 */
import { Adam, Ema } from '../src/gpu/adam/adam';
import { acquireDevice } from '../src/gpu/device/device';
import { createEngine } from '../src/gpu/engine';
import { lossAndGradients, ParameterSet } from '../src/gpu/parameter';
import { compileStep } from '../src/gpu/capture/plan';
import { add, scalar, square, sum, type Tensor } from '../src/gpu/tensor';
import { installNodeGpu } from '../src/headless/nodeGpu';
import type { Bench } from './bench';

const optimizerLabels = ['adam.advance', 'adam.update', 'ema.update'];

function countFor(tensors: number): { dispatches: number; copies: number } {
  const set = new ParameterSet('optimizer');
  for (let i = 0; i < tensors; i++) set.add(`w${i}`, [8 + (i % 5), 16], null);
  const average = set.sibling('average', 'copy');
  const [adam, ema] = [new Adam(set, { beta1: 0, beta2: 0.99, epsilon: 1e-6 }), new Ema(set, average)];
  const step = compileStep({
    name: 'optimizer',
    inputs: { rate: { shape: [] } },
    body: ({ rate }) => {
      const squares = (): Tensor =>
        set
          .trainable()
          .map(({ variable }) => sum(square(variable)))
          .reduce((a, b) => add(a, b));
      const { value, gradients } = lossAndGradients(squares, set.trainable());
      adam.apply(gradients, { rate });
      ema.update(scalar(0.99));
      return { loss: value };
    },
  });
  step.compile();
  const labels = step.info?.labels ?? {};
  const counts = {
    dispatches: optimizerLabels.reduce((total, label) => total + (labels[label] ?? 0), 0),
    copies: step.info?.copies ?? NaN,
  };
  for (const thing of [step, ema, adam, average, set]) thing.dispose();
  return counts;
}

export const run: Bench = async () => {
  const engine = await createEngine(await acquireDevice(installNodeGpu({ options: ['backend=null'], calm: false })));
  const sizes = [2, 20, 200];
  const found = sizes.map(countFor);
  sizes.forEach((tensors, i) =>
    console.log(`${tensors} tensors: ${found[i]?.dispatches} dispatches, ${found[i]?.copies} copies`),
  );
  engine.dispose();
  return {
    adapter: 'null',
    dispatches: Math.max(...found.map(({ dispatches }) => dispatches)),
    copies: Math.max(...found.map(({ copies }) => copies)),
    tensors: Math.max(...sizes),
  };
};
