import { expect, it } from 'vitest';
import { CounterRandom } from '../../shared/rng';
import { Adam } from '../adam/adam';
import { lossAndGradients, ParameterSet } from '../parameter';
import { add, mul, sum, square, tensor, tidy, type Tensor } from '../tensor';
import { testEngine } from '../testing/testEngine';
import { relativeError } from '../testing/arrays';
import { describeFamilies } from '../testing/variants';
import { SpectralArena } from './spectralArena';
import { spectralNormalize } from './spectralNorm';

const shapes: Record<string, number[]> = {
  bias0: [5],
  first: [3, 3, 4, 6],
  bias1: [6],
  second: [24, 130],
  third: [6, 1],
  bias2: [1],
};
const normalised = ['first', 'second', 'third'];

function random(shape: readonly number[], seed: number): Float32Array {
  const source = new CounterRandom(seed, 1);
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => source.normal());
}

/** The same parameters, once for the arena and once with their vectors for the single-weight op. */
function make(): { parameters: ParameterSet; arena: SpectralArena; single: ParameterSet; dispose: () => void } {
  const parameters = new ParameterSet('parameters');
  const single = new ParameterSet('single');
  Object.entries(shapes).forEach(([name, shape], i) => {
    parameters.add(name, shape, random(shape, i));
    single.add(name, shape, random(shape, i));
  });
  const vectors = new Map(normalised.map((name, i) => [name, random([shapes[name]?.at(-1) ?? 1], 50 + i)]));
  for (const [name, vector] of vectors) single.add(`${name}.u`, [vector.length], vector, { trainable: false });
  const arena = new SpectralArena(parameters, vectors);
  return {
    parameters,
    arena,
    single,
    dispose: () => {
      arena.dispose();
      parameters.dispose();
      single.dispose();
    },
  };
}

/** The parameters as a network sees them, by the single-weight op. */
function effectiveWeights(single: ParameterSet, update: boolean): Tensor[] {
  return Object.keys(shapes).map((name) => {
    const weight: Tensor = single.get(name).variable;
    return normalised.includes(name) ? spectralNormalize(weight, single.get(`${name}.u`), { update }) : weight;
  });
}

async function worst(actual: Tensor, expected: Tensor): Promise<number> {
  return relativeError(await actual.data(), await expected.data());
}

describeFamilies('SpectralArena', () => {
  for (const update of [true, false]) {
    it(`divides like the op for one weight, ${update ? 'with' : 'without'} an update`, async () => {
      const { arena, single, dispose } = make();
      for (let turn = 0; turn < 3; turn++) {
        arena.normalize(update);
        const expected = tidy(() => effectiveWeights(single, update).map((value) => add(value, 0)));
        for (const [i, name] of Object.keys(shapes).entries())
          expect(await worst(arena.effective.get(name).variable, expected[i] as Tensor), name).toBeLessThan(1e-5);
        for (const name of normalised)
          expect(await worst(arena.vectors.get(name).variable, single.get(`${name}.u`).variable), name).toBeLessThan(
            1e-4,
          );
        for (const value of expected) value.dispose();
      }
      dispose();
    });

    it(`leads gradients back like the op for one weight, ${update ? 'with' : 'without'} an update`, async () => {
      const { parameters, arena, single, dispose } = make();
      const targets = Object.values(shapes).map((shape, i) => tensor(random(shape, 90 + i), shape));
      const loss = (values: Tensor[]): Tensor =>
        values.map((value, i) => sum(square(add(mul(value, 2), targets[i] as Tensor)))).reduce((a, b) => add(a, b));
      const reference = tidy(
        () => lossAndGradients(() => loss(effectiveWeights(single, update)), single.trainable()).gradients,
      );
      // A plain gradient step of rate 1: what Adam is given is read off its arena by the transform.
      const adam = new Adam(parameters, { beta1: 0, beta2: 0, epsilon: 1 });
      let raw: Tensor | null = null;
      tidy(() => {
        arena.normalize(update);
        const { gradients } = lossAndGradients(
          () => loss(arena.effective.trainable().map(({ variable }) => variable)),
          arena.effective.trainable(),
        );
        adam.apply(gradients, {
          rate: 0,
          transform: (pieces) => {
            arena.toRaw(pieces);
            raw = pieces[0] ?? null;
          },
        });
      });
      const flat = [...((await (raw as Tensor | null)?.data()) ?? [])];
      let offset = 0;
      for (const [i, shape] of Object.values(shapes).entries()) {
        const size = shape.reduce((a, b) => a * b, 1);
        expect(relativeError(flat.slice(offset, offset + size), await (reference[i] as Tensor).data())).toBeLessThan(
          2e-5,
        );
        offset += Math.ceil(size / 64) * 64;
      }
      for (const value of [...reference, ...targets]) value.dispose();
      adam.dispose();
      dispose();
    });
  }

  it('takes two dispatches each way', async () => {
    const { backend } = await testEngine();
    const { arena, dispose } = make();
    const start = backend.counters.dispatches;
    arena.normalize(true);
    expect(backend.counters.dispatches - start).toBe(2);
    dispose();
  });
});
