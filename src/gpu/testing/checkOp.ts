/**
 * The check every operation goes through: values against a float64 reference, first and second derivatives against
 * central differences of that reference, and no tensor left behind. Differences in float64 are exact to about 1e-7, so
 * what is measured is the GPU's error.
 */
import { expect } from 'vitest';
import { add, grads, memory, mul, sum, tidy, type Tensor } from '../tensor';
import { randomArray, relativeError, sizeOf, toTensor } from './arrays';

export interface OpInput {
  shape: readonly number[];
  /** Factor on values in (-1, 1), default 1. */
  scale?: number;
  /** Added after; default 0. */
  offset?: number;
  /** Do not differentiate by this one. */
  fixed?: boolean;
}

export interface OpCheck {
  inputs: readonly OpInput[];
  op: (...inputs: Tensor[]) => Tensor;
  reference: (...inputs: Float64Array[]) => Float64Array;
  outputShape: readonly number[];
  /** Highest derivative to check, default 2. */
  order?: 0 | 1 | 2;
  seed?: number;
  /** Relative tolerance of values, default 1e-5. */
  tolerance?: number;
  /** Relative tolerance of derivatives, default 1e-3 (the project's bound). */
  gradientTolerance?: number;
}

/** At most this many coordinates of each input are differenced. */
const sampled = 24;

function weighted(values: Float64Array, weights: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += (values[i] ?? NaN) * (weights[i] ?? NaN);
  return total;
}

function coordinates(size: number): number[] {
  if (size <= sampled) return Array.from({ length: size }, (_, i) => i);
  return Array.from({ length: sampled }, (_, i) => Math.floor((i * (size - 1)) / (sampled - 1)));
}

/** d/dt of f at inputs + t * direction, by central differences. */
function slope(
  f: (inputs: Float64Array[]) => number,
  inputs: Float64Array[],
  direction: (input: number, i: number) => number,
  step: number,
): number {
  const moved = (t: number): Float64Array[] =>
    inputs.map((values, n) => values.map((value, i) => value + t * direction(n, i)));
  return (f(moved(step)) - f(moved(-step))) / (2 * step);
}

async function compare(
  what: string,
  actual: Tensor,
  expected: ArrayLike<number>,
  at: number[] | null,
  tolerance: number,
): Promise<void> {
  const values = await actual.data();
  const picked = at ? at.map((i) => values[i] ?? NaN) : values;
  expect(relativeError(picked as ArrayLike<number>, expected), what).toBeLessThanOrEqual(tolerance);
}

/** Runs the whole check; fails the test with the name of what was off. */
export async function checkOp(check: OpCheck): Promise<void> {
  const { inputs, op, reference, outputShape, order = 2, seed = 1, tolerance = 1e-5, gradientTolerance = 1e-3 } = check;
  const make = (offset: number): Float64Array[] =>
    inputs.map(({ shape, scale = 1, offset: shift = 0 }, n) =>
      randomArray(sizeOf(shape), seed * 100 + offset + n).map((value) => Math.fround(value * scale + shift)),
    );
  const values = make(0);
  const directions = inputs.map(({ shape, fixed }, n) =>
    fixed ? new Float64Array(sizeOf(shape)) : randomArray(sizeOf(shape), seed * 100 + 30 + n),
  );
  const weights = randomArray(sizeOf(outputShape), seed * 100 + 60);
  const before = memory().numTensors;
  const tensors = values.map((array, n) => toTensor(array, inputs[n]?.shape ?? []));
  const free = inputs.flatMap(({ fixed }, n) => (fixed ? [] : [n]));
  const withFree = (given: Tensor[]): Tensor[] =>
    tensors.map((tensor, n) => (free.includes(n) ? (given[free.indexOf(n)] ?? tensor) : tensor));
  const started = memory().numTensors;

  const y = tidy(() => op(...tensors));
  expect(y.shape).toEqual([...outputShape]);
  await compare('value', y, reference(...values), null, tolerance);
  y.dispose();

  const scalar = (arrays: Float64Array[]): number => weighted(reference(...arrays), weights);
  const loss = (...given: Tensor[]): Tensor => sum(mul(op(...withFree(given)), toTensor(weights, outputShape)));
  const freeTensors = free.map((n) => tensors[n] as Tensor);
  if (order >= 1) {
    const first = tidy(() => grads(loss)(freeTensors));
    for (const [at, n] of free.entries()) {
      const picks = coordinates(values[n]?.length ?? 0);
      const expected = picks.map((pick) =>
        slope(scalar, values, (input, i) => (input === n && i === pick ? 1 : 0), 1e-5),
      );
      await compare(`gradient by input ${n}`, first[at] as Tensor, expected, picks, gradientTolerance);
    }
    first.forEach((gradient) => gradient.dispose());
  }
  if (order >= 2) {
    // The derivative of <gradient, direction>, once by the tape and once by differencing the reference twice.
    const along = (...given: Tensor[]): Tensor => {
      const gradients = grads(loss)(given);
      const slopes = gradients.map((gradient, at) =>
        sum(mul(gradient, toTensor(directions[free[at] ?? 0] ?? new Float64Array(), gradient.shape))),
      );
      // Nothing, but it puts every input on the tape: the gradients need not depend on all of them.
      const nothing = given.map((tensor) => mul(sum(tensor), 0));
      return [...slopes, ...nothing].reduce((a, b) => add(a, b));
    };
    const second = tidy(() => grads(along)(freeTensors));
    const directional = (arrays: Float64Array[]): number =>
      slope(scalar, arrays, (input, i) => directions[input]?.[i] ?? 0, 1e-4);
    const pairs = free.map((n) => {
      const picks = coordinates(values[n]?.length ?? 0);
      return {
        picks,
        expected: picks.map((pick) =>
          slope(directional, values, (input, i) => (input === n && i === pick ? 1 : 0), 1e-4),
        ),
      };
    });
    // One scale for all inputs: a second derivative that is zero for one input has rounding noise of the size of the
    // others, and one that is zero for all has the noise of differencing twice, about 1e-7.
    const scale = Math.max(1e-3, ...pairs.flatMap(({ expected }) => expected.map(Math.abs)));
    for (const [at, { picks, expected }] of pairs.entries()) {
      const actual = await (second[at] as Tensor).data();
      const worst = Math.max(...picks.map((pick, i) => Math.abs((actual[pick] ?? NaN) - (expected[i] ?? NaN))));
      expect(worst / scale, `second derivative by input ${free[at] ?? -1}`).toBeLessThanOrEqual(gradientTolerance);
    }
    second.forEach((gradient) => gradient.dispose());
  }
  expect(memory().numTensors, 'tensors left behind').toBe(started);
  tensors.forEach((tensor) => tensor.dispose());
  expect(memory().numTensors).toBe(before);
}
