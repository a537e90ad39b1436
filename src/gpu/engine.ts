/**
 * The engine: our backend on our device, made the current one of the tensor library. There is one at a time; after a
 * device loss, dispose it, acquire a new device and create another (tensors of the old one are gone).
 *
 * WebGPU reports refused commands and memory shortage asynchronously and goes on with stale memory, so whoever trains
 * must listen to `onError` and stop. Errors that come while nobody listens are kept and thrown by `settle()`.
 */
import { env, findBackendFactory, memory, registerBackend, removeBackend, setBackend } from '@tensorflow/tfjs-core';
import type { StudioError } from '../shared/errors';
import { installArithmetic } from './arithmetic/arithmetic';
import { backendName } from './kernel/op';
import { StudioBackend } from './backend';
import { setCurrentBackend } from './current';
import type { GpuContext } from './device/device';
import { deviceLost, fromGpuError } from './device/gpuErrors';
import { registerMissingGradients } from './tape/gradients';
import { installSegmentSum } from './segmentSum/segmentSum';
import { forgetRemoved } from './stockBackend';
import { mendTapeOrder } from './tape/tapeOrder';

export type ErrorListener = (error: StudioError) => void;

export interface Engine {
  readonly context: GpuContext;
  readonly backend: StudioBackend;
  /**
   * Calls back on every uncaptured GPU error and on device loss (not on `dispose`). Returns the function that ends it.
   */
  onError(listener: ErrorListener): () => void;
  /**
   * Submits what is recorded and waits until the GPU is done.
   * @throws the first error that has come since the last call
   */
  settle(): Promise<void>;
  /** Live tensors, bytes in live tensors, bytes allocated in the pool. */
  memory(): { tensors: number; bytes: number; allocated: number };
  /** Frees the backend's buffers and destroys the device. */
  dispose(): void;
}

/**
 * Operations must run on the GPU even when small (a captured step would freeze what the host computes), and give the
 * same bits every time.
 */
function setFlags(): void {
  env().set('WEBGPU_CPU_FORWARD', false);
  // The split-K product adds with float atomics in any order; the packed one is deterministic.
  env().set('WEBGPU_MATMUL_PROGRAM_TYPE', 3);
}

export async function createEngine(context: GpuContext): Promise<Engine> {
  const { device } = context;
  const listeners = new Set<ErrorListener>();
  const pending: StudioError[] = [];
  let disposed = false;
  const report = (error: StudioError): void => {
    if (disposed) return;
    pending.push(error);
    for (const listener of listeners) listener(error);
  };
  const onUncaptured = (event: GPUUncapturedErrorEvent): void => {
    event.preventDefault();
    report(fromGpuError(event.error));
  };
  device.addEventListener('uncapturederror', onUncaptured);
  void context.lost.then((info) => {
    // Under Node, Dawn holds a listener as long as the device, and this one holds the device: neither would ever be
    // freed, nor what listens to the engine.
    device.removeEventListener('uncapturederror', onUncaptured);
    report(deviceLost(info));
  });

  setFlags();
  registerMissingGradients();
  installSegmentSum();
  installArithmetic();
  mendTapeOrder();
  const backend = new StudioBackend(device, context.adapterInfo);
  if (findBackendFactory(backendName)) removeBackend(backendName);
  registerBackend(backendName, () => backend, 10);
  if (!(await setBackend(backendName))) throw new Error('the tensor library refused the backend');
  setCurrentBackend(backend);

  return {
    context,
    backend,
    onError(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async settle() {
      backend.flush();
      await device.queue.onSubmittedWorkDone().catch(() => {}); // a lost device reports itself
      const [first] = pending.splice(0);
      if (first) throw first;
    },
    memory() {
      return {
        tensors: memory().numTensors,
        bytes: backend.bufferManager.numBytesUsed,
        allocated: backend.bufferManager.numBytesAllocated,
      };
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      setCurrentBackend(null);
      removeBackend(backendName);
      forgetRemoved(backend);
      device.destroy();
    },
  };
}
