/**
 * The stock WebGPU backend with its private fields in sight, so that ours can extend it. This is the only file that
 * knows them; the version is pinned (tfjs-backend-webgpu 4.22.0) and no longer developed, so they do not move.
 */
import {
  engine as tfEngine,
  type BackendValues,
  type DataType,
  type KernelBackend,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { WebGPUBackend, type WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import type { UniformField } from './kernel/uniforms';

export type DataId = TensorInfo['dataId'];

/** What the backend stores for a tensor's data. */
export interface TensorRecord {
  values: BackendValues | null;
  /**
   * The dtype of the buffer's bytes; a cast to a wider type leaves it as it was, so it can differ from the tensor's own
   * dtype.
   */
  dtype: DataType;
  shape: number[];
  refCount: number;
  resource?: object | null;
  /** True where the buffer is not the pool's to recycle. */
  external?: boolean;
  /** Byte offset of a view into `resource`; absent for a tensor that owns its buffer. */
  offset?: number;
  /** Called before the first use of data without memory: gives the record its resource. */
  prepare?: () => void;
}

export interface BackendInternals extends KernelBackend {
  device: GPUDevice;
  readonly queue: GPUQueue;
  bufferManager: {
    acquireBuffer(size: number, usage: number): GPUBuffer;
    numBytesUsed: number;
    numBytesAllocated: number;
  };
  tensorMap: { get(id: DataId): TensorRecord; has(id: DataId): boolean; set(id: DataId, record: TensorRecord): void };
  commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  commandQueueOwnedIds: WeakSet<DataId>;
  dispatchCountInPass: number;
  uniformPendingDisposal: GPUBuffer[];
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  uploadToGPU(dataId: DataId): void;
  disposeData(dataId: DataId, force?: boolean): boolean;
  makeTensorInfo(shape: number[], dtype: DataType, values?: BackendValues): TensorInfo;
  runWebGPUProgram(
    program: WebGPUProgram,
    inputs: TensorInfo[],
    dtype: DataType,
    uniforms?: UniformField[],
    output?: TensorInfo,
  ): TensorInfo;
  recordAndSubmit(program: WebGPUProgram, output: TensorInfo, inputs: TensorInfo[], uniforms?: UniformField[]): void;
}

/** The class itself, typed with what it keeps private. */
export const StockBackend = WebGPUBackend as unknown as new (
  device: GPUDevice,
  info?: GPUAdapterInfo,
) => BackendInternals;

/**
 * Makes the tensor library let go of a backend that it has removed: its profiler would hold it, and with it the device,
 * until there is another.
 */
export function forgetRemoved(backend: KernelBackend): void {
  const library = tfEngine() as unknown as { profiler: { backendTimer: unknown } | undefined };
  if (library.profiler?.backendTimer === backend) library.profiler = undefined;
}
