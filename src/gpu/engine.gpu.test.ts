import { describe, expect, it } from 'vitest';
import { StudioError } from '../shared/errors';
import { acquireDevice } from './device/device';
import { dispatch, dispatchTensors, linearGrid } from './kernel/dispatch';
import { defineOp } from './kernel/op';
import {
  add,
  cast,
  gather,
  grad,
  greater,
  leakyRelu,
  matMul,
  mul,
  oneHot,
  ones,
  square,
  sub,
  sum,
  tensor,
  tensor1d,
  tidy,
  where,
  zeros,
  zerosLike,
  type Tensor,
} from './tensor';
import { testEngine } from './testing/testEngine';

const scaled = (x: Tensor): Tensor => add(x, 1);

describe('device', () => {
  it('has the adapter’s limits and reports the adapter', async () => {
    const { context } = await testEngine();
    expect(context.limits.maxStorageBuffersPerShaderStage).toBeGreaterThanOrEqual(10);
    expect(context.adapter.maxBufferBytes).toBe(context.limits.maxBufferSize);
  });

  it('says what is missing when there is no WebGPU and no adapter', async () => {
    const none = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
    await expect(acquireDevice(none)).rejects.toMatchObject({ info: { code: 'adapter-missing' } });
    const { navigator } = globalThis;
    Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true, writable: true });
    try {
      await expect(acquireDevice()).rejects.toMatchObject({ info: { code: 'webgpu-missing' } });
    } finally {
      Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true, writable: true });
    }
  });
});

describe('engine', () => {
  it('runs stock operations on the GPU, small ones too', async () => {
    const { backend } = await testEngine();
    const before = backend.counters.dispatches;
    const y = scaled(matMul(tensor([1, 2, 3, 4], [2, 2]), tensor([1, 1, 0, 1], [2, 2])));
    expect(backend.counters.dispatches).toBeGreaterThan(before);
    expect([...(await y.data())]).toEqual([2, 4, 4, 8]);
  });

  it('differentiates twice through leakyRelu and where', async () => {
    const x = tensor1d([-2, -0.5, 0.5, 2]);
    // d/dx sum over i of (d/dx [lrelu(x)^2 ...]): first derivative 2 a^2 x below zero, 2 x above; second 2 a^2 and 2.
    const once = grad((t: Tensor) => sum(square(leakyRelu(t, 0.2))));
    const twice = grad((t: Tensor) => sum(once(t)));
    (await twice(x).data()).forEach((value, i) => expect(value).toBeCloseTo([0.08, 0.08, 2, 2][i] ?? NaN, 6));
    const chosen = grad((t: Tensor) => sum(where(greater(t, 0), square(t), mul(t, 3))));
    expect([...(await chosen(x).data())]).toEqual([3, 3, 1, 4]);
  });

  it('adds up the gradient of gather in a fixed order', async () => {
    await testEngine();
    const ids = Array.from({ length: 200 }, (_, i) => (i * i) % 7);
    const weights = Array.from({ length: 400 }, (_, i) => Math.sin(i));
    const gradientOf = grad((table: Tensor) =>
      sum(mul(gather(table, tensor1d(ids, 'int32')), tensor(weights, [200, 2]))),
    );
    const runs = await Promise.all([1, 2, 3, 4].map(async () => [...(await gradientOf(zeros([7, 2])).data())]));
    for (const run of runs) expect(run).toEqual(runs[0]);
    const expected = new Float64Array(14);
    ids.forEach((id, row) =>
      [0, 1].forEach(
        (column) =>
          (expected[2 * id + column] = (expected[2 * id + column] ?? 0) + Math.fround(weights[2 * row + column] ?? 0)),
      ),
    );
    runs[0]?.forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 5));
  });

  it('turns a refused command into an error', async () => {
    const engine = await testEngine();
    const heard: StudioError[] = [];
    const end = engine.onError((error) => heard.push(error));
    dispatchTensors({
      label: 'broken',
      code: '@compute @workgroup_size(1) fn main() { nonsense; }',
      outputs: [{ shape: [1] }],
      workgroups: [1],
    });
    await expect(engine.settle()).rejects.toMatchObject({ info: { code: 'gpu-validation' } });
    end();
    expect(heard.length).toBeGreaterThan(0);
    await engine.settle().catch(() => {});
  });
});

const code = /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> total: array<f32>;
@group(0) @binding(1) var<storage, read_write> doubled: array<f32>;
@group(0) @binding(2) var<storage, read_write> halved: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 5u) { return; }
  doubled[i] = 2.0 * x[i];
  halved[i] = 0.5 * x[i];
  total[i] += x[i];
}`;

const fillWith = (factor: number): void => {
  const grid = linearGrid(4);
  dispatchTensors({
    label: 'test.key',
    key: 'same',
    code: () => `@group(0) @binding(0) var<storage, read_write> y: array<f32>;
      @compute @workgroup_size(64) ${grid.main} { ${grid.index} if (index < 4u) { y[index] = ${factor}.0; } }`,
    outputs: [{ shape: [4] }],
    workgroups: grid.workgroups,
  });
};

const cubeCode = (n: number): string => /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) { if (id.x < ${n}u) { let v = x[id.x]; y[id.x] = v * v * v; } }`;

describe('dispatch', () => {
  it('writes several outputs and updates in place', async () => {
    await testEngine();
    const x = tensor1d([1, 2, 3, 4, 5]);
    const total = tensor1d([10, 10, 10, 10, 10]);
    const spec = {
      label: 'test.several',
      code,
      inPlace: [total],
      outputs: [{ shape: [5] }, { shape: [5] }],
      inputs: [x],
      workgroups: [1] as const,
    };
    const [doubled, halved] = dispatchTensors(spec) as [Tensor, Tensor];
    dispatchTensors(spec);
    expect([...(await doubled.data())]).toEqual([2, 4, 6, 8, 10]);
    expect([...(await halved.data())]).toEqual([0.5, 1, 1.5, 2, 2.5]);
    expect([...(await total.data())]).toEqual([12, 14, 16, 18, 20]);
  });

  it('reads tensors whose bytes are still integers after a cast', async () => {
    await testEngine();
    const copy = /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) { if (id.x < 6u) { y[id.x] = x[id.x]; } }`;
    const hot = cast(oneHot(tensor1d([2, 0], 'int32'), 3), 'float32');
    const [y] = dispatchTensors({
      label: 'test.copy',
      code: copy,
      outputs: [{ shape: [2, 3] }],
      inputs: [hot],
      workgroups: [1],
    }) as [Tensor];
    expect([...(await y.data())]).toEqual([0, 0, 1, 1, 0, 0]);
  });

  it('refuses a key that stands for two codes', async () => {
    await testEngine();
    fillWith(1);
    expect(() => fillWith(2)).toThrow(/two different codes/);
  });

  it('covers more threads than one dimension holds', () => {
    for (const threads of [1, 64, 65, 65_535 * 64, 65_535 * 64 + 1, 300_000_000]) {
      const { workgroups, size } = linearGrid(threads);
      expect(workgroups[0] * workgroups[1] * size).toBeGreaterThanOrEqual(threads);
      expect(Math.max(...workgroups)).toBeLessThanOrEqual(65_535);
    }
  });
});

describe('operations', () => {
  const cube = defineOp<'x'>({
    name: 'TestCube',
    forward: ({ x }) => {
      const size = x.shape.reduce((a, b) => a * b, 1);
      return dispatch({
        label: 'test.cube',
        key: `${size}`,
        code: () => cubeCode(size),
        outputs: [{ shape: x.shape }],
        inputs: [x],
        workgroups: [Math.ceil(size / 64)],
      });
    },
    saveInputs: ['x'],
    backward: (dy, [x]) => ({ x: () => mul(dy, mul(square(x as Tensor), 3)) }),
  });

  it('enter the tape, to second order, without leaking', async () => {
    await testEngine();
    const x = tensor1d([1, -2, 3]);
    const first = tidy(() => grad((t: Tensor) => sum(cube({ x: t }, {})))(x));
    const second = tidy(() => grad((t: Tensor) => sum(grad((u: Tensor) => sum(cube({ x: u }, {})))(t)))(x));
    expect([...(await first.data())]).toEqual([3, 12, 27]);
    expect([...(await second.data())]).toEqual([6, -12, 18]);
    const { backend } = await testEngine();
    const live = backend.numDataIds();
    tidy(() => grad((t: Tensor) => sum(cube({ x: t }, {})))(x)).dispose();
    expect(backend.numDataIds()).toBe(live);
  });

  it('make zeros and ones on the GPU', async () => {
    await testEngine();
    expect([...(await sub(ones([3]), zerosLike(ones([3]))).data())]).toEqual([1, 1, 1]);
  });
});
