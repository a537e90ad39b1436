/**
 * Random programs over shared state, captured and eager: whatever is dropped, elided or shared, every run must leave
 * the same bits. What they do to state is what optimizers, spectral normalisation and running statistics do: read,
 * compute, overwrite, read again, update in place.
 */
import { describe, expect, it } from 'vitest';
import { CounterRandom } from '../../shared/rng';
import { dispatchTensors } from '../kernel/dispatch';
import { assignInPlace, ParameterSet } from '../parameter';
import { compileStep } from './plan';
import {
  add,
  clone,
  matMul,
  mul,
  reshape,
  scalar,
  sub,
  sum,
  tanh,
  transpose,
  zeros,
  type Tensor,
  type Tensor2D,
} from '../tensor';
import { testEngine } from '../testing/testEngine';

const side = 4;
const names = ['a', 'b', 'c', 'd', 's', 't'];

function makeState(): ParameterSet {
  const set = new ParameterSet('fuzz');
  const random = new CounterRandom(77);
  for (const name of names) {
    const values = Float32Array.from({ length: side * side }, () => random.normal());
    set.add(name, [side, side], values, { trainable: name < 's' });
  }
  return set;
}

const accumulate = /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> total: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@compute @workgroup_size(16) fn main(@builtin(local_invocation_index) i: u32) { total[i] = 0.5 * total[i] + tanh(x[i]); }`;

/** A program is decided by its seed alone, so the eager and the captured run execute the same one. */
function program(seed: number, state: ParameterSet): (inputs: { x: Tensor }) => Record<string, Tensor> {
  return ({ x }) => {
    const random = new CounterRandom(seed);
    const values: Tensor[] = [x, zeros([side, side])];
    const pick = (): Tensor => {
      const i = random.integer(values.length + names.length);
      return values[i] ?? state.get(names[i - values.length] as string).variable;
    };
    const parameter = (): ReturnType<ParameterSet['get']> => state.get(names[random.integer(names.length)] as string);
    for (let i = 0; i < 20; i++) {
      switch (random.integer(9)) {
        case 0:
          values.push(tanh(add(pick(), pick())));
          break;
        case 1:
          values.push(mul(pick(), scalar(random.normal())));
          break;
        case 2:
          values.push(tanh(matMul(pick() as Tensor2D, pick() as Tensor2D)));
          break;
        case 3:
          values.push(transpose(pick()));
          break;
        case 4:
          values.push(sub(clone(pick()), reshape(pick(), [side, side])));
          break;
        case 5:
        case 6:
        case 7:
          assignInPlace(parameter(), pick());
          break;
        default: {
          const source = tanh(pick());
          const target = random.integer(2) ? parameter().variable : values.find((value) => value !== x);
          if (target)
            dispatchTensors({
              label: 'fuzz.accumulate',
              code: accumulate,
              inPlace: [target],
              inputs: [source],
              workgroups: [1],
            });
        }
      }
    }
    return { total: sum(pick()), first: sum(mul(pick(), 0.5)) };
  };
}

async function outcome(seed: number, eager: boolean): Promise<unknown> {
  const state = makeState();
  const step = compileStep({
    name: `fuzz ${seed}`,
    inputs: { x: { shape: [side, side] } },
    body: program(seed, state),
    eager,
  });
  const random = new CounterRandom(seed + 1000);
  const found: unknown[] = [];
  for (let run = 0; run < 3; run++) {
    step.run({ x: Float32Array.from({ length: side * side }, () => random.normal()) });
    found.push(await step.readStats(), [...(await state.toArrays())]);
  }
  step.dispose();
  state.dispose();
  return found;
}

describe('random programs', () => {
  it.each(Array.from({ length: 30 }, (_, seed) => seed))(
    'leave the same bits captured and eager, seed %i',
    async (seed) => {
      await testEngine();
      expect(await outcome(seed, false)).toEqual(await outcome(seed, true));
    },
  );
});
