import { describe, expect, it } from 'vitest';
import { biasAct } from '../biasAct/biasAct';
import { conv2d } from '../conv2d/conv2d';
import { matMul } from '../matmul/matmul';
import { assignInPlace, lossAndGradients, ParameterSet } from '../parameter';
import { compileStep } from './plan';
import { CounterRandom } from '../../shared/rng';
import { upsampleNearest2x } from '../resample/upsampleNearest2x';
import { add, mul, reshape, sub, sum, type Tensor, type Tensor2D, type Tensor4D } from '../tensor';
import { testEngine } from '../testing/testEngine';

const shapes = { filter: [3, 3, 4, 4], second: [3, 3, 4, 4], bias: [4], state: [2, 4, 4, 4] } as const;

function makeState(): ParameterSet {
  const set = new ParameterSet('fusion');
  const random = new CounterRandom(3);
  for (const [name, shape] of Object.entries(shapes)) {
    const size = shape.reduce<number>((a, b) => a * b, 1);
    set.add(
      name,
      [...shape],
      Float32Array.from({ length: size }, () => 0.3 * random.normal()),
      { trainable: name !== 'state' },
    );
  }
  return set;
}

type Body = (x: Tensor4D, set: ParameterSet) => Record<string, Tensor>;

interface Outcome {
  stats: Record<string, number>[];
  state: unknown;
  labels: Record<string, number>;
}

async function outcome(body: Body, eager: boolean): Promise<Outcome> {
  await testEngine();
  const set = makeState();
  const step = compileStep({
    name: 'fusion',
    inputs: { x: { shape: [2, 4, 4, 4] } },
    body: ({ x }) => body(x as Tensor4D, set),
    eager,
  });
  const random = new CounterRandom(4);
  const stats: Record<string, number>[] = [];
  for (let i = 0; i < 2; i++) {
    step.run({ x: Float32Array.from({ length: 128 }, () => random.normal()) });
    stats.push(await step.readStats());
  }
  const found = { stats, state: [...(await set.toArrays())], labels: step.info?.labels ?? {} };
  step.dispose();
  set.dispose();
  return found;
}

/** The bits of the eager run; returns the kernels of the captured one. */
async function kernelsOf(body: Body): Promise<string[]> {
  const [captured, eager] = [await outcome(body, false), await outcome(body, true)];
  expect(captured.stats).toEqual(eager.stats);
  expect(captured.state).toEqual(eager.state);
  return Object.entries(captured.labels).flatMap(([label, count]) => Array.from({ length: count }, () => label));
}

const variable = <T extends Tensor>(set: ParameterSet, name: string): T => set.get(name).variable as Tensor as T;

describe('joined kernels', () => {
  it('compute a residual block and its gradients to the bit, with fewer dispatches', async () => {
    const kernels = await kernelsOf((x, set) => {
      const { value, gradients } = lossAndGradients(() => {
        const h = biasAct(conv2d(x, variable<Tensor4D>(set, 'filter')), variable(set, 'bias'), { activation: 'relu' });
        const y = add(conv2d(h, variable<Tensor4D>(set, 'second')), x);
        return sum(mul(biasAct(y, null, { activation: 'lrelu' }), y));
      }, set.trainable());
      return { value, first: sum(gradients[0] as Tensor), last: sum(gradients[2] as Tensor) };
    });
    expect(kernels).toContain('conv2d.forward+piecewise');
    expect(kernels).toContain('conv2d.forward+add+piecewise');
    expect(kernels).toContain('conv2d.gradientX+piecewise.gradient');
    expect(kernels.filter((label) => label === 'add' || label === 'piecewise')).toEqual([]);
  });

  it('write an enlarged picture from the kernel that makes the small one', async () => {
    const kernels = await kernelsOf((x, set) => {
      const { value, gradients } = lossAndGradients(() => {
        const small = conv2d(x, variable<Tensor4D>(set, 'filter'));
        const large = conv2d(upsampleNearest2x(small), variable<Tensor4D>(set, 'second'));
        return sum(
          mul(
            add(upsampleNearest2x(conv2d(x, variable<Tensor4D>(set, 'second'))), large),
            biasAct(large, variable(set, 'bias'), { activation: 'relu' }),
          ),
        );
      }, set.trainable());
      return { value, first: sum(gradients[0] as Tensor) };
    });
    expect(kernels).toContain('conv2d.forward+resample.repeat2x');
    expect(kernels).not.toContain('resample.repeat2x');
  });

  it('keep a result that others read, and take one twice', async () => {
    const kernels = await kernelsOf((x) => {
      const product = matMul(reshape(x, [32, 4]) as Tensor2D, reshape(x, [4, 32]) as Tensor2D);
      const squared = mul(product, product);
      return { a: sum(squared), b: sum(product) };
    });
    expect(kernels).toContain('matMul+multiply');
  });

  it('wait for an operand that comes later, unless something they read changes meanwhile', async () => {
    const waiting: Body = (x, set) => {
      const early = biasAct(x, variable(set, 'bias'), { activation: 'relu' });
      const later = conv2d(x, variable<Tensor4D>(set, 'filter'));
      return { y: sum(sub(early, later)) };
    };
    expect(await kernelsOf(waiting)).toContain('conv2d.forward+sub');
    const changing: Body = (x, set) => {
      const old = variable(set, 'state');
      const product = conv2d(x, variable<Tensor4D>(set, 'filter'));
      const before = add(product, old);
      assignInPlace(set.get('state'), mul(old, 0.5));
      const after = add(conv2d(x, variable<Tensor4D>(set, 'second')), variable(set, 'state'));
      return { before: sum(before), after: sum(after), both: sum(mul(before, after)) };
    };
    await kernelsOf(changing);
  });
});
