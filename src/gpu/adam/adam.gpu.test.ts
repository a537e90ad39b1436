import { describe, expect, it } from 'vitest';
import { CounterRandom } from '../../shared/rng';
import { Adam, Ema } from './adam';
import { adamReference, adamStepReference } from './adam.ref';
import { compileStep } from '../capture/plan';
import { matMul } from '../matmul/matmul';
import { accumulatedGradients, assignInPlace, lossAndGradients, ParameterSet } from '../parameter';
import { add, mul, neg, scalar, slice, square, sum, tanh, tensor, tidy, type Tensor } from '../tensor';
import { testEngine } from '../testing/testEngine';

const shapes: [string, number[]][] = [
  ['conv.weight', [3, 3, 5, 7]],
  ['conv.bias', [7]],
  ['scale', []],
  ['linear.weight', [130, 3]],
];
const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const normals = (random: CounterRandom, n: number): Float32Array =>
  Float32Array.from({ length: n }, () => random.normal());

function build(random: CounterRandom, segmentBytes?: number): ParameterSet {
  const set = new ParameterSet('test', segmentBytes);
  for (const [name, shape] of shapes) set.add(name, shape, normals(random, size(shape)));
  set.add('u', [4], Float32Array.of(1, 2, 3, 4), { trainable: false });
  return set;
}

async function values(set: ParameterSet, name: string): Promise<Float32Array> {
  return (await set.toArrays()).get(name)?.data ?? new Float32Array();
}

function largestError(actual: Float32Array, expected: Float64Array): number {
  return actual.reduce(
    (worst, value, i) => Math.max(worst, Math.abs(value - (expected[i] ?? NaN)) / (1 + Math.abs(expected[i] ?? NaN))),
    0,
  );
}

describe.each([
  { beta1: 0, beta2: 0.99, epsilon: 1e-6 },
  { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
])('Adam, beta1 $beta1', (options) => {
  it.each([undefined, 1024])('follows the float64 reference (segments of %s bytes)', async (segmentBytes) => {
    const { backend } = await testEngine();
    const random = new CounterRandom(1, 1);
    const set = build(random, segmentBytes);
    const references = new Map<string, ReturnType<typeof adamReference>>();
    for (const [name, { data }] of await set.toArrays()) references.set(name, adamReference(data));
    const adam = new Adam(set, options);
    for (let step = 0; step < 20; step++) {
      const rate = 0.01 / (1 + step);
      const gradients = shapes.map(([, shape]) => normals(random, size(shape)));
      if (step === 3) gradients[0]?.set([NaN, Infinity, -Infinity], 5);
      if (step === 3) gradients[2]?.set([NaN]);
      const before = backend.counters.dispatches;
      tidy(() =>
        adam.apply(
          gradients.map((data, i) => tensor(data, shapes[i]?.[1])),
          { rate: step % 2 ? rate : scalar(rate) },
        ),
      );
      expect(backend.counters.dispatches - before).toBe(1 + set.segments.length);
      gradients.forEach((gradient, i) =>
        adamStepReference(references.get(shapes[i]?.[0] ?? '') ?? adamReference(gradient), gradient, rate, options),
      );
      expect((await adam.nonFinite.data())[0]).toBe(step < 3 ? 0 : 4);
    }
    expect(set.segments.length).toBe(segmentBytes ? 3 : 1);
    for (const [name, reference] of references)
      if (name !== 'u') expect(largestError(await values(set, name), reference.parameters), name).toBeLessThan(2e-6);
    expect([...(await values(set, 'u'))]).toEqual([1, 2, 3, 4]);
    adam.dispose();
    set.dispose();
  });
});

describe('Adam with gains', () => {
  it.each([undefined, 1024])(
    'changes parameters as if their gain came after them (segments of %s bytes)',
    async (bytes) => {
      await testEngine();
      const options = { beta1: 0, beta2: 0.99, epsilon: 1e-3 };
      const gains = new Map([
        ['conv.weight', 0.05],
        ['scale', 3],
        ['linear.weight', 0.01],
      ]);
      const random = new CounterRandom(6, 6);
      const set = build(random, bytes);
      const gainOf = (name: string): number => gains.get(name) ?? 1;
      const bare = new Map(
        [...(await set.toArrays())].map(([name, { data }]) => [
          name,
          adamReference(data.map((value) => value / gainOf(name))),
        ]),
      );
      const adam = new Adam(set, options, gains);
      for (let step = 0; step < 5; step++) {
        // Small, so that epsilon counts.
        const gradients = shapes.map(([, shape]) => normals(random, size(shape)).map((value) => value * 1e-2));
        tidy(() =>
          adam.apply(
            gradients.map((data, i) => tensor(data, shapes[i]?.[1])),
            { rate: 0.1 },
          ),
        );
        shapes.forEach(([name], i) => {
          const state = bare.get(name);
          const slope = gradients[i]?.map((value) => value * gainOf(name));
          if (state && slope) adamStepReference(state, slope, 0.1, options);
        });
      }
      for (const [name] of shapes) {
        const expected = bare.get(name)?.parameters.map((value) => value * gainOf(name)) ?? new Float64Array();
        expect(largestError(await values(set, name), expected), name).toBeLessThan(2e-6);
      }
      adam.dispose();
      set.dispose();
    },
  );
});

describe('a checkpoint of the optimizer', () => {
  it('continues to the bit', async () => {
    await testEngine();
    const options = { beta1: 0.5, beta2: 0.9, epsilon: 1e-8 };
    const run = async (resume: boolean): Promise<Float32Array> => {
      let set = build(new CounterRandom(2, 2));
      let adam = new Adam(set, options);
      const random = new CounterRandom(3, 3);
      for (let step = 0; step < 6; step++) {
        if (resume && step === 3) {
          const [parameters, moments] = [await set.toArrays(), await adam.toArrays()];
          adam.dispose();
          set.dispose();
          set = build(new CounterRandom(99));
          adam = new Adam(set, options);
          set.load(parameters);
          adam.load(moments);
        }
        tidy(() =>
          adam.apply(
            Object.fromEntries(shapes.map(([name, shape]) => [name, tensor(normals(random, size(shape)), shape)])),
            { rate: 0.1 },
          ),
        );
      }
      const result = await values(set, 'linear.weight');
      adam.dispose();
      set.dispose();
      return result;
    };
    expect(await run(true)).toEqual(await run(false));
  });
});

describe('Ema', () => {
  it('copies at decay 0, averages else, and copies state', async () => {
    await testEngine();
    const set = build(new CounterRandom(4, 4));
    const average = set.sibling('average', 'copy');
    const ema = new Ema(set, average);
    const start = await values(set, 'scale');
    expect(await values(average, 'scale')).toEqual(start);
    tidy(() => {
      assignInPlace(set.get('scale'), add(set.get('scale').variable, 2));
      assignInPlace(set.get('u'), neg(set.get('u').variable));
      ema.update(scalar(0.75));
    });
    expect((await values(average, 'scale'))[0]).toBeCloseTo((start[0] ?? NaN) + 0.5, 6);
    expect([...(await values(average, 'u'))]).toEqual([-1, -2, -3, -4]);
    tidy(() => ema.update(scalar(0)));
    expect(await average.toArrays()).toEqual(await set.toArrays());
    expect(() => new Ema(set, new ParameterSet('other'))).toThrow(RangeError);
    for (const thing of [ema, average, set]) thing.dispose();
  });
});

describe('ParameterSet', () => {
  it('gives losses their gradients and names a parameter that is not used', async () => {
    await testEngine();
    const set = new ParameterSet('pair');
    const a = set.add('a', [2], Float32Array.of(1, 2));
    set.add('b', [2], Float32Array.of(3, 4));
    const product = (): Tensor => sum(mul(square(a.variable), set.get('b').variable));
    const { value, gradients } = lossAndGradients(product, set.trainable());
    expect((await value.data())[0]).toBe(19);
    expect(await Promise.all(gradients.map(async (gradient) => [...(await gradient.data())]))).toEqual([
      [6, 16],
      [1, 4],
    ]);
    const partly = (): Tensor => sum(square(a.variable));
    expect(() => lossAndGradients(partly, set.trainable())).toThrow(/"b"/);
    const padded = lossAndGradients(partly, set.trainable(), 'zeros').gradients;
    expect(await Promise.all(padded.map(async (gradient) => [...(await gradient.data())]))).toEqual([
      [2, 4],
      [0, 0],
    ]);
    // A loss that depends on nothing is a mistake in either mode.
    expect(() => lossAndGradients(() => sum(tensor([1, 2])), set.trainable(), 'zeros')).toThrow();
    set.dispose();
  });

  it('sums gradients over parts of a batch, in the memory of one part', async () => {
    await testEngine();
    const set = new ParameterSet('parts');
    const [rows, width] = [32, 16];
    const weight = set.add('w', [width, width], normals(new CounterRandom(7, 7), width * width));
    const layers = (x: Tensor): Tensor =>
      [0, 1, 2].reduce((h) => tanh(matMul(h, weight.variable as Tensor)), x) as Tensor;
    const run = async (parts: number): Promise<{ found: number[]; bytes: number }> => {
      const step = compileStep({
        name: `${parts} parts`,
        inputs: { x: { shape: [rows, width] } },
        body: ({ x }) => {
          const taken = rows / parts;
          const { value, gradients } = accumulatedGradients(
            parts,
            (part) => sum(layers(slice(x, [part * taken, 0], [taken, width]))),
            set.trainable(),
          );
          return { value, norm: sum(square(gradients[0] as Tensor)) };
        },
      });
      step.run({ x: normals(new CounterRandom(8, 8), rows * width) });
      const found = Object.values(await step.readStats());
      const bytes = step.info?.virtualBytes ?? NaN;
      step.dispose();
      return { found, bytes };
    };
    const [whole, quarters] = [await run(1), await run(4)];
    whole.found.forEach((value, i) => expect((quarters.found[i] ?? NaN) / value).toBeCloseTo(1, 4));
    expect(quarters.bytes).toBeLessThan(whole.bytes / 1.5);
    set.dispose();
  });

  it('refuses what does not fit, and leaves everything as it was', async () => {
    await testEngine();
    const set = build(new CounterRandom(5, 5));
    expect(() => set.add('scale', [], null)).toThrow(/already/);
    expect(() => set.add('wrong', [3], new Float32Array(2))).toThrow(RangeError);
    const arrays = await set.toArrays();
    expect(() => set.add('late', [1], null)).toThrow(/after/);
    expect(() => set.get('nothing')).toThrow(RangeError);
    expect(() => assignInPlace(set.get('u'), scalar(1))).toThrow(RangeError);
    const partial = new Map([...arrays].slice(1));
    partial.set('u', { shape: [4], data: new Float32Array(4) });
    expect(() => set.load(partial)).toThrow(/conv.weight/);
    expect(() => set.load(new Map([...arrays, ['more', { shape: [1], data: new Float32Array(1) }]]))).toThrow(/more/);
    expect(await set.toArrays()).toEqual(arrays);
    set.dispose();
  });

  it('copies one parameter onto another of the same arena', async () => {
    await testEngine();
    const set = new ParameterSet('same');
    set.add('a', [3], Float32Array.of(1, 2, 3));
    set.add('b', [3], null);
    assignInPlace(set.get('b'), set.get('a').variable);
    expect([...(await values(set, 'b'))]).toEqual([1, 2, 3]);
    set.dispose();
  });
});
