/**
 * WebGPU under Node: installs Dawn (npm `webgpu`) as `navigator.gpu` and its classes as globals. The Vulkan driver is
 * chosen by the environment (VK_ICD_FILENAMES).
 *
 * Dawn polls in a busy loop while one of its promises is pending and so takes a core from a software GPU; while that is
 * so, we sleep a millisecond in every turn of the event loop, which about halves the time of a step there.
 */
import { create, globals } from 'webgpu';

export interface NodeGpuOptions {
  /** Dawn's options, e.g. ['backend=null'] for a device that executes nothing. */
  options?: string[];
  /** Sleep while the GPU works; default true. Off for benches of JavaScript time. */
  calm?: boolean;
}

const state: { gpu: GPU | null; pending: number; sleeping: boolean } = { gpu: null, pending: 0, sleeping: false };
const cell = new Int32Array(new SharedArrayBuffer(4));

function sleepWhilePending(): void {
  if (state.sleeping) return;
  state.sleeping = true;
  const turn = (): void => {
    if (state.pending === 0) {
      state.sleeping = false;
      return;
    }
    Atomics.wait(cell, 0, 0, 1);
    setImmediate(turn);
  };
  setImmediate(turn);
}

/** Makes a promise-returning method count the promises it has pending. */
function countPending<T extends object, K extends keyof T>(prototype: T, name: K): void {
  const method = prototype[name] as (...args: unknown[]) => Promise<unknown>;
  const counted = function counted(this: unknown, ...args: unknown[]): Promise<unknown> {
    state.pending++;
    sleepWhilePending();
    return method.apply(this, args).finally(() => {
      state.pending--;
    });
  };
  Object.defineProperty(prototype, name, { value: counted, configurable: true, writable: true });
}

/** Installs once; later calls return the same entry point. */
export function installNodeGpu({ options = [], calm = true }: NodeGpuOptions = {}): GPU {
  if (state.gpu) return state.gpu;
  Object.assign(globalThis, globals);
  // Dawn offers what is still experimental in WebGPU, subgroup matrices among it, only to those who allow it.
  const gpu = create([...options, 'enable-dawn-features=allow_unsafe_apis']) as unknown as GPU;
  if (!globalThis.navigator)
    Object.defineProperty(globalThis, 'navigator', {
      value: { userAgent: 'node' },
      configurable: true,
      writable: true,
    });
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
  if (calm) {
    countPending(GPUBuffer.prototype, 'mapAsync');
    countPending(GPUQueue.prototype, 'onSubmittedWorkDone');
  }
  state.gpu = gpu;
  return gpu;
}
