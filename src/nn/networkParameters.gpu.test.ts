import { afterEach, describe, expect, it } from 'vitest';
import { assignInPlace } from '../gpu/parameter';
import { mul, tensor, tidy } from '../gpu/tensor';
import { testEngine } from '../gpu/testing/testEngine';
import { CounterRandom } from '../shared/rng';
import { NetworkParameters } from './networkParameters';
import type { ParameterPlan } from './parameterPlan';

const plan: ParameterPlan[] = [
  { name: 'a.weight', shape: [3, 3, 4, 6], init: 'spectral' },
  { name: 'a.bias', shape: [6], init: 0.5 },
  { name: 'b.weight', shape: [5, 2], init: 'orthogonal' },
];
const made: NetworkParameters[] = [];

function create(seed: number): NetworkParameters {
  const network = NetworkParameters.create('network', plan, new CounterRandom(seed, 1));
  made.push(network);
  return network;
}

afterEach(() => {
  for (const network of made.splice(0)) network.dispose();
});

describe('NetworkParameters', () => {
  it('divides spectral weights by their largest singular value, and nothing else', async () => {
    await testEngine();
    const network = create(1);
    const weight = network.raw.get('a.weight');
    // Orthogonal, then stretched by 1 .. 6 along the output: the largest singular value is 6.
    tidy(() => assignInPlace(weight, mul(weight.variable, tensor([1, 2, 3, 4, 5, 6], [1, 1, 1, 6]))));
    for (let i = 0; i < 60; i++) network.normalize('update');
    const raw = (await network.raw.toArrays()).get('a.weight')?.data ?? [];
    const effective = await network.get('a.weight').data();
    effective.forEach((value, i) => expect(value).toBeCloseTo((raw[i] ?? NaN) / 6, 5));
    expect([...(await network.get('a.bias').data())]).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
    expect(await network.get('b.weight').data()).toEqual((await network.raw.toArrays()).get('b.weight')?.data);
  });

  it('moves its vectors only when asked to', async () => {
    await testEngine();
    const network = create(2);
    const weight = network.raw.get('a.weight');
    tidy(() => assignInPlace(weight, mul(weight.variable, tensor([1, 2, 3, 4, 5, 6], [1, 1, 1, 6]))));
    const vector = async (): Promise<Float32Array | undefined> => (await network.toArrays()).get('a.u')?.data;
    const before = await vector();
    network.normalize('hold');
    expect(await vector()).toEqual(before);
    network.normalize('update');
    expect(await vector()).not.toEqual(before);
  });

  it('stores and restores everything, vectors included, and copies itself', async () => {
    await testEngine();
    const first = create(3);
    first.normalize('update');
    const arrays = await first.toArrays();
    expect([...arrays.keys()]).toEqual(['a.weight', 'a.bias', 'b.weight', 'a.u']);
    const second = create(4);
    second.load(arrays);
    expect(await second.toArrays()).toEqual(arrays);
    const sibling = first.sibling('sibling');
    made.push(sibling);
    expect(await sibling.toArrays()).toEqual(arrays);
    expect(() => second.load(new Map([...arrays].filter(([name]) => name !== 'a.u')))).toThrow(RangeError);
  });

  it('does without spectral norm; a gain scales how a parameter begins and learns, not what is computed with it', async () => {
    await testEngine();
    const equalised: ParameterPlan[] = [
      { name: 'a.weight', shape: [40, 50], init: { normal: 0.25 }, gain: 0.25 },
      { name: 'a.bias', shape: [6], init: 0.5 },
    ];
    const first = NetworkParameters.create('network', equalised, new CounterRandom(5, 1));
    const sibling = first.sibling('sibling');
    made.push(first, sibling);
    for (const network of [first, sibling]) {
      network.normalize('update');
      const raw = (await network.raw.toArrays()).get('a.weight')?.data ?? new Float32Array();
      expect(Math.sqrt(raw.reduce((sum, value) => sum + value * value, 0) / raw.length)).toBeCloseTo(0.25, 2);
      expect(await network.get('a.weight').data()).toEqual(raw);
      expect(network.leaves).toEqual(network.raw.trainable());
      expect([...network.gains]).toEqual([['a.weight', 0.25]]);
      expect([...(await network.toArrays()).keys()]).toEqual(['a.weight', 'a.bias']);
    }
    sibling.load(await first.toArrays());
    expect(await sibling.toArrays()).toEqual(await first.toArrays());
  });
});
