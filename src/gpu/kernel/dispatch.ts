/**
 * How our own WGSL kernels run. `dispatch` records one compute dispatch into the engine's stream: any number of
 * outputs, tensors updated in place, f16 and subgroups, shapes baked into the code as constants. Order with stock
 * operations is kept, and because everything goes through the backend's `compute()`, a dispatch can be captured and
 * replayed like any other.
 *
 * Bindings of `@group(0)`, in this order: `inPlace`, then `outputs` (both `var<storage, read_write>`), then `inputs`
 * (`var<storage, read>`), then, where `constants` is given, one `var<uniform>`. The entry point is `main`. float32
 * tensors are `array<f32>` (or vec4 where the size allows), int32 and bool tensors `array<i32>` (u32 data travel in
 * int32 tensors).
 *
 * Rules for kernels:
 * - Bake every shape into `code`, and name everything that was baked in `key`: pipelines are cached by label and key.
 *   In strict mode (tests) a key
 *   that stands for two codes throws.
 * - A varying number (learning rate, step) is a tensor, never part of the code or of `constants`: those are frozen in
 *   captured steps.
 * - Outputs are not zeroed: write every element. No two bindings may be the same tensor if one of them is written.
 * - Use `linearGrid` for one-dimensional work: a single dimension ends at 65,535 workgroups.
 */
import { engine as tfEngine, type TensorInfo, type Tensor } from '@tensorflow/tfjs-core';
import { byteLength, type Binding, type StudioBackend } from '../backend';
import { currentBackend } from '../current';
import { LazyPipeline } from './lazyPipeline';
import { moduleCode, type ProgramSource } from './programSource';

export interface OutputSpec {
  shape: readonly number[];
  /** Default float32. */
  dtype?: 'float32' | 'int32' | 'bool';
}

export interface DispatchSpec {
  /** Name of the kernel, stable, e.g. 'conv2d.forward'. */
  label: string;
  /** What was baked into the code; part of the cache key. May be left out where the code is a fixed string. */
  key?: string;
  /** The WGSL module, or a function that makes it (called on a cache miss only). */
  code: string | (() => string);
  /** Tensors read and written. */
  inPlace?: readonly TensorInfo[];
  outputs?: readonly OutputSpec[];
  inputs?: readonly TensorInfo[];
  /** Bytes of a uniform block that never changes; length a multiple of 16. */
  constants?: Uint8Array;
  workgroups: readonly [number, number?, number?];
  /** Multiply-adds, where it is a heavy one: see `workload.ts`. */
  operations?: number;
  /** The kernel as data, where it has that form. */
  source?: ProgramSource;
}

interface Kernel {
  pipeline: LazyPipeline;
  layout: GPUBindGroupLayout;
  code: string;
}

interface KernelCache {
  kernels: Map<string, Kernel>;
  layouts: Map<string, GPUBindGroupLayout>;
}

const caches = new WeakMap<GPUDevice, KernelCache>();
const mode = { strict: false };

/** Strict mode builds the code on every call and checks that it is the one cached under its key. For tests. */
export function setStrictKernels(strict: boolean): void {
  mode.strict = strict;
}

function cacheOf(device: GPUDevice): KernelCache {
  let cache = caches.get(device);
  if (!cache) {
    cache = { kernels: new Map(), layouts: new Map() };
    caches.set(device, cache);
  }
  return cache;
}

/** `signature` has one letter a binding: w = storage read_write, r = storage read, u = uniform. */
function layoutFor(device: GPUDevice, cache: KernelCache, signature: string): GPUBindGroupLayout {
  let layout = cache.layouts.get(signature);
  if (!layout) {
    const types: Record<string, GPUBufferBindingType> = { w: 'storage', r: 'read-only-storage', u: 'uniform' };
    const entries = [...signature].map((letter, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: types[letter] ?? 'storage' },
    }));
    layout = device.createBindGroupLayout({ label: signature, entries });
    cache.layouts.set(signature, layout);
  }
  return layout;
}

function kernelFor(device: GPUDevice, spec: Pick<DispatchSpec, 'label' | 'key' | 'code'>, signature: string): Kernel {
  const cache = cacheOf(device);
  const text = (): string => (typeof spec.code === 'string' ? spec.code : spec.code());
  const name = `${spec.label}|${spec.key ?? (typeof spec.code === 'string' ? spec.code : '')}`;
  let kernel = cache.kernels.get(name);
  if (!kernel) {
    const code = text();
    const layout = layoutFor(device, cache, signature);
    const module = device.createShaderModule({ label: spec.label, code });
    const pipeline = new LazyPipeline({
      label: spec.label,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: 'main' },
    });
    kernel = { pipeline, layout, code };
    cache.kernels.set(name, kernel);
  } else if (mode.strict && text() !== kernel.code) {
    throw new Error(`kernel ${spec.label}: key "${spec.key ?? ''}" stands for two different codes`);
  }
  return kernel;
}

/** Pipeline and layout of a program that is not run now; from the same cache as all others. */
export function pipelineFor(
  device: GPUDevice,
  source: ProgramSource,
): { pipeline: LazyPipeline; layout: GPUBindGroupLayout } {
  const { label, key, bindings, numbers, baked } = source;
  const letters = bindings.map(({ access }) => (access === 'read' ? 'r' : 'w')).join('');
  return kernelFor(
    device,
    { label, key, code: () => moduleCode(source) },
    letters + (numbers.length > 0 && !baked ? 'u' : ''),
  );
}

/**
 * A cast to a wider type keeps the bytes: such a float tensor still holds integers, and our kernels declare what the
 * tensor says.
 */
function withDeclaredBytes(backend: StudioBackend, tensor: TensorInfo): TensorInfo {
  const stored = backend.tensorMap.get(tensor.dataId).dtype;
  if (tensor.dtype !== 'float32' || stored === 'float32') return tensor;
  const size = byteLength(tensor.shape) / 4;
  const grid = linearGrid(size);
  return run(backend, {
    label: 'integerToFloat',
    key: `${size}`,
    code: () => /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> result: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<i32>;
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  if (index < ${size}u) { result[index] = f32(x[index]); }
}`,
    outputs: [{ shape: tensor.shape }],
    inputs: [{ dataId: tensor.dataId, shape: tensor.shape, dtype: 'int32' }],
    workgroups: grid.workgroups,
  })[0] as TensorInfo;
}

function run(backend: StudioBackend, spec: DispatchSpec): TensorInfo[] {
  const { inPlace = [], outputs = [], inputs = [], constants } = spec;
  const made = outputs.map(({ shape, dtype = 'float32' }) => backend.makeTensorInfo([...shape], dtype));
  if (made.some(({ shape }) => byteLength(shape) === 0))
    throw new Error(`kernel ${spec.label}: an output has no elements`);
  const read = inputs.map((tensor) => withDeclaredBytes(backend, tensor));
  const signature = 'w'.repeat(inPlace.length + made.length) + 'r'.repeat(read.length) + (constants ? 'u' : '');
  const { pipeline, layout } = kernelFor(backend.device, spec, signature);
  const bindings: Binding[] = [
    ...inPlace.map(({ dataId }): Binding => ({ dataId, access: 'readWrite' })),
    ...made.map(({ dataId }): Binding => ({ dataId, access: 'write' })),
    ...read.map(({ dataId }): Binding => ({ dataId, access: 'read' })),
    ...(constants ? [{ constants }] : []),
  ];
  for (const binding of bindings) if ('dataId' in binding) backend.uploadToGPU(binding.dataId);
  const [x, y = 1, z = 1] = spec.workgroups;
  const most = backend.device.limits.maxComputeWorkgroupsPerDimension;
  if (Math.max(x, y, z) > most)
    throw new RangeError(`kernel ${spec.label}: ${x} x ${y} x ${z} workgroups, the device allows ${most} a dimension`);
  backend.compute({
    label: spec.label,
    pipeline,
    layout,
    bindings,
    workgroups: [x, y, z],
    ...(spec.operations === undefined ? {} : { operations: spec.operations }),
    ...(spec.source ? { source: spec.source } : {}),
  });
  read.forEach((tensor, i) => {
    if (tensor !== inputs[i]) backend.disposeData(tensor.dataId);
  });
  return made;
}

/**
 * Records one dispatch. For use inside a kernel's `forward` (`op.ts`), which returns the infos to the tape.
 * @returns one info for each of `outputs`, owned by the caller (an operation's result, or `disposeInfo`)
 */
export function dispatch(spec: DispatchSpec): TensorInfo[] {
  return run(currentBackend(), spec);
}

/**
 * Like `dispatch`, outside of an operation: the outputs are tensors of the current `tidy`, and the gradient tape does
 * not see them.
 */
export function dispatchTensors(spec: DispatchSpec): Tensor[] {
  return dispatch(spec).map((info) => tfEngine().makeTensorFromTensorInfo(info));
}

/** Releases an intermediate of a multi-dispatch kernel. */
export function disposeInfo(info: TensorInfo): void {
  currentBackend().disposeData(info.dataId);
}

export interface LinearGrid {
  workgroups: [number, number, number];
  /** Threads a workgroup. */
  size: number;
  /** The entry point's signature: declares the builtins that `index` needs. */
  main: string;
  /**
   * Statement that declares `index: u32`, this thread's number; at least `threads` of them run, so guard with `if
   * (index < n)`.
   */
  index: string;
}

/** A grid of at least `threads` threads, folded into two dimensions where one does not hold them. */
export function linearGrid(threads: number, size = 64): LinearGrid {
  const groups = Math.max(1, Math.ceil(threads / size));
  const x = groups <= 65_535 ? groups : Math.ceil(Math.sqrt(groups));
  return {
    workgroups: [x, Math.ceil(groups / x), 1],
    size,
    main: 'fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32)',
    index: `let index = (workgroup.y * workgroupCount.x + workgroup.x) * ${size}u + lane;`,
  };
}
