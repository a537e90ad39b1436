/**
 * Tests of small graphs: the twin's result against onnxruntime's, and its gradient against central differences of
 * onnxruntime's results.
 */
import { InferenceSession, Tensor as OrtTensor, env } from 'onnxruntime-web/wasm';
import { describe, expect, it } from 'vitest';
import { readOnnx } from '../../formats/onnx';
import { grad, mul, sum, tensor, tidy, type Tensor } from '../../gpu/tensor';
import { Value } from '../twin/graph';
import { compileProgram } from '../twin/program';
import { TowerGraph } from '../twin/specialize';
import { GpuWeights } from '../twin/weights';
import { writeOnnx, type ModelSpec, type NodeSpec } from './onnxWriter';

env.wasm.numThreads = 1;
env.logLevel = 'error';

export const wave = (size: number, rate = 1.3): number[] =>
  Array.from({ length: size }, (_, i) => Math.sin(rate * i) + 0.1);

export const node = (
  op: string,
  inputs: string[],
  output: string | string[],
  attributes?: NodeSpec['attributes'],
): NodeSpec => {
  const [domain, name] = op.startsWith('com.microsoft.') ? ['com.microsoft', op.slice(14)] : ['', op];
  return { op: name, domain, inputs, outputs: [output].flat(), ...(attributes ? { attributes } : {}) };
};

/** x is [2, 3, 8] unless `shape` says otherwise; the result is y. */
export interface OperatorCase extends Pick<ModelSpec, 'constants' | 'opset'> {
  name: string;
  nodes: NodeSpec[];
  shape?: number[];
  /** Operators that must, or (0) must not, be left. */
  kinds?: Record<string, number>;
  /** Largest difference, relative to 1 or the value; default 2e-5. */
  tolerance?: number;
  /** Compare gradients too. Not where the function has kinks near the points of `wave`. */
  gradient?: boolean;
}

async function check({
  nodes,
  constants = {},
  shape = [2, 3, 8],
  kinds = {},
  opset = 17,
  tolerance = 2e-5,
  gradient = false,
}: OperatorCase): Promise<void> {
  const bytes = writeOnnx({ nodes, constants, inputs: { x: shape }, outputs: { y: null }, opset });
  const values = Float32Array.from(
    wave(
      shape.reduce((a, b) => a * b, 1),
      0.9,
    ),
  );
  const session = await InferenceSession.create(bytes);
  const reference = async (x: Float32Array): Promise<OrtTensor> =>
    (await session.run({ x: new OrtTensor('float32', x, shape) }))['y'] as OrtTensor;
  const expected = await reference(values);
  const weights = new GpuWeights();
  const program = compileProgram(
    [new TowerGraph(readOnnx(bytes), 'y').specialize(new Map([['x', Value.of({ kind: 'input' }, [], shape)]]))],
    weights,
  );
  for (const [kind, count] of Object.entries(kinds))
    expect(`${kind} ${program.operators[kind] ?? 0}`).toBe(`${kind} ${count}`);
  const x = tensor(values, shape);
  const y: Tensor = tidy(() => program.run(x));
  expect(y.shape).toEqual([...expected.dims]);
  const actual = await y.data();
  (expected.data as Float32Array).forEach((value, i) =>
    expect(Math.abs((actual[i] as number) - value)).toBeLessThan(tolerance * Math.max(1, Math.abs(value))),
  );
  if (gradient) {
    const direction = values.map((_, i) => Math.cos(1.9 * i));
    const factors = Float32Array.from(actual, (_, i) => Math.cos(0.7 * i));
    const along = async (t: number): Promise<number> => {
      const { data } = await reference(values.map((v, i) => v + t * (direction[i] as number)));
      return (data as Float32Array).reduce((total, v, i) => total + v * (factors[i] as number), 0);
    };
    const numeric = async (t: number): Promise<number> => ((await along(t)) - (await along(-t))) / (2 * t);
    // Two steps, extrapolated to none: what is left is rounding.
    const slope = (4 * (await numeric(5e-3)) - (await numeric(1e-2))) / 3;
    const g = tidy(() => grad((t: Tensor) => sum(mul(program.run(t), tensor(factors, y.shape))))(x));
    const slopes = (await g.data()) as Float32Array;
    const own = slopes.reduce((total, v, i) => total + v * (direction[i] as number), 0);
    expect(Math.abs(own - slope)).toBeLessThan(2e-3 * Math.max(1, Math.hypot(...slopes)));
    g.dispose();
  }
  for (const made of [x, y, weights]) made.dispose();
  await session.release();
}

export function describeAgainstOrt(name: string, cases: readonly OperatorCase[]): void {
  describe(name, () => {
    for (const one of cases) it(`${one.name}: gives what onnxruntime gives`, () => check(one));
  });
}
