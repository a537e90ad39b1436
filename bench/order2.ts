/**
 * Which of the op patterns that these networks are made of can be differentiated, and differentiated twice: by stock
 * tfjs 4.22 on its own backend with its own registry of gradients, and by what our models import (`src/gpu/tensor.ts`
 * and the op folders). Not to throw is not enough: a gradient must equal central differences of the function, a
 * Hessian-vector product central differences of the gradient, and our function the stock one.
 */
import { createRival, rivalDevice, rivalName, use } from './tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { acquireDevice } from '../src/gpu/device/device';
import { createEngine } from '../src/gpu/engine';
import { randomArray, relativeError } from '../src/gpu/testing/arrays';
import { installNodeGpu } from '../src/headless/nodeGpu';
import type { Bench } from './bench';
import { patterns, type Case, type OpFunction } from './order2/patterns';

/** The project's bound on gradients (`relativeError`: by the largest magnitude). */
const tolerance = 1e-3;
/** Bound between two float32 kernels of the same function, unless a case has its own. */
const forwardTolerance = 1e-5;
/** Exact in binary; large enough for float32 and smaller than every distance to a kink in the inputs. */
const step = 2 ** -7;
/** Coordinates of each input that are differenced. */
const coordinates = 4;

type Arrays = Float64Array[];

interface Verdict {
  first: boolean;
  second: boolean;
  /** Relative errors, or what was thrown. */
  note: string;
  values: ArrayLike<number>;
}

function tensorsOf(arrays: Arrays, { shapes }: Case): tf.Tensor[] {
  return arrays.map((values, i) => tf.tensor(Float32Array.from(values), shapes[i]));
}

/**
 * Distinct values in (-1, 1), in random order, none near 0, +-1/2 or another (also of another input): steps cross no
 * kink.
 */
function spacedValues(size: number, seed: number): Float64Array {
  const order = Array.from(randomArray(size, seed + 17), (key, i) => ({ key, i })).toSorted((a, b) => a.key - b.key);
  const values = new Float64Array(size);
  order.forEach(({ i }, rank) => (values[i] = Math.fround(((rank + 0.5 + 0.25 * (seed % 2)) * 2) / size - 1)));
  return values;
}

async function read(make: () => tf.Tensor | tf.Tensor[]): Promise<ArrayLike<number>[]> {
  const made = tf.tidy(make);
  const list = Array.isArray(made) ? made : [made];
  const values = await Promise.all(list.map((tensor) => tensor.data()));
  tf.dispose(list);
  return values;
}

/** sum of r f^2: bends even where f does not. */
function lossOf(f: OpFunction, given: tf.Tensor[]): tf.Tensor {
  const y = f(...given);
  return tf.sum(tf.mul(tf.square(y), tf.tensor(Float32Array.from(randomArray(y.size, 99)), y.shape)));
}

function loss64(values: ArrayLike<number>): number {
  return randomArray(values.length, 99).reduce(
    (total, weight, i) => total + Math.fround(weight) * (values[i] ?? NaN) ** 2,
    0,
  );
}

const moved = (arrays: Arrays, directions: (Float64Array | null)[], by: number): Arrays =>
  arrays.map((values, n) => values.map((value, i) => Math.fround(value + by * (directions[n]?.[i] ?? 0))));

async function firstError(f: OpFunction, arrays: Arrays, test: Case): Promise<number> {
  const gradients = await read(() => tf.grads((...given: tf.Tensor[]) => lossOf(f, given))(tensorsOf(arrays, test)));
  const actual: number[] = [];
  const expected: number[] = [];
  for (const [n, values] of arrays.entries()) {
    const count = Math.min(coordinates, values.length);
    for (let k = 0; k < count; k++) {
      const at = Math.floor((k * (values.length - 1)) / Math.max(1, count - 1));
      const direction = arrays.map((_, m) =>
        m === n ? Float64Array.from(values, (_value, i) => (i === at ? 1 : 0)) : null,
      );
      const [[above], [below]] = (await Promise.all(
        [step, -step].map((by) => read(() => f(...tensorsOf(moved(arrays, direction, by), test)))),
      )) as [ArrayLike<number>[], ArrayLike<number>[]];
      expected.push((loss64(above ?? []) - loss64(below ?? [])) / (2 * step));
      actual.push(gradients[n]?.[at] ?? NaN);
    }
  }
  return relativeError(actual, expected);
}

/** d/dt of the gradient by all inputs, as those of `inner` move along a direction. */
async function secondError(f: OpFunction, arrays: Arrays, test: Case): Promise<number> {
  const inner = test.inner ?? [0];
  const directions = arrays.map((values, n) => (inner.includes(n) ? randomArray(values.length, n + 50) : null));
  const gradient = (by: number): Promise<ArrayLike<number>[]> =>
    read(() => tf.grads((...given: tf.Tensor[]) => lossOf(f, given))(tensorsOf(moved(arrays, directions, by), test)));
  const along = (...given: tf.Tensor[]): tf.Tensor => {
    const free = (...some: tf.Tensor[]): tf.Tensor =>
      lossOf(
        f,
        given.map((tensor, n) => some[inner.indexOf(n)] ?? tensor),
      );
    const slopes = tf.grads(free)(inner.map((n) => given[n] as tf.Tensor));
    return slopes
      .map((slope, k) =>
        tf.sum(tf.mul(slope, tf.tensor(Float32Array.from(directions[inner[k] ?? 0] ?? []), slope.shape))),
      )
      .reduce((a, b) => tf.add(a, b));
  };
  const product = await read(() => tf.grads(along)(tensorsOf(arrays, test)));
  const [above, below] = [await gradient(step), await gradient(-step)];
  const expected = above.flatMap((values, n) =>
    Array.from(values, (value, i) => (value - (below[n]?.[i] ?? NaN)) / (2 * step)),
  );
  if (Math.max(...expected.map(Math.abs)) < 1e-2) throw new Error(`${test.name}: no curvature, the test shows nothing`);
  return relativeError(
    product.flatMap((values) => Array.from(values)),
    expected,
  );
}

async function judge(f: OpFunction, test: Case): Promise<Verdict> {
  const arrays = test.shapes.map((shape, n) =>
    spacedValues(
      shape.reduce((a, b) => a * b, 1),
      n,
    ),
  );
  const [values = []] = await read(() => f(...tensorsOf(arrays, test)));
  const attempt = async (what: string, error: () => Promise<number>): Promise<{ right: boolean; note: string }> => {
    try {
      const found = await error();
      return { right: found <= tolerance, note: `${what} ${found.toExponential(1)}` };
    } catch (thrown) {
      return {
        right: false,
        note: `${what} throws: ${String(thrown instanceof Error ? thrown.message : thrown).slice(0, 60)}`,
      };
    }
  };
  const first = await attempt('first', () => firstError(f, arrays, test));
  const second = first.right ? await attempt('second', () => secondError(f, arrays, test)) : { right: false, note: '' };
  return { first: first.right, second: second.right, note: `${first.note} ${second.note}`, values };
}

type Side = 'stock' | 'ours';

async function judgeAll(side: Side): Promise<Map<Case, Verdict>> {
  const verdicts = new Map<Case, Verdict>();
  for (const { cases } of patterns) for (const test of cases) verdicts.set(test, await judge(test[side], test));
  return verdicts;
}

export const run: Bench = async () => {
  const gpu = installNodeGpu();
  const rival = await rivalDevice(gpu);
  createRival(rival.device, rival.info);
  await use(rivalName);
  const { warn } = console;
  console.warn = () => {}; // the library comments on every gradient function
  // Stock first: the registry of gradients is global, and making our engine completes it.
  const stock = await judgeAll('stock');
  const engine = await createEngine(await acquireDevice(gpu));
  await use('webgpu');
  const ours = await judgeAll('ours');
  console.warn = warn;
  const counts = { stock: { first: 0, second: 0 }, ours: { first: 0, second: 0 } };
  const failures: string[] = [];
  for (const { name, cases } of patterns) {
    for (const test of cases) {
      const [a, b] = [stock.get(test) as Verdict, ours.get(test) as Verdict];
      const gap = relativeError(b.values, a.values);
      if (!(gap <= (test.values ?? forwardTolerance)))
        failures.push(`${test.name}: our values differ from the stock ones by ${gap}`);
      console.log(`${name.padEnd(18)} ${test.name.padEnd(26)} ours ${b.note.padEnd(32)} stock ${a.note}`);
    }
    for (const [side, verdicts] of [
      ['stock', stock],
      ['ours', ours],
    ] as const) {
      for (const order of ['first', 'second'] as const)
        if (cases.every((test) => verdicts.get(test)?.[order])) counts[side][order]++;
    }
  }
  await engine.settle();
  const { vendor, architecture } = engine.context.adapter;
  engine.dispose();
  if (failures.length > 0) throw new Error(failures.join('\n'));
  return { adapter: `${vendor} ${architecture}`, patterns: patterns.length, ...counts.ours, tfjs: counts.stock };
};
