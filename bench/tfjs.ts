/**
 * The rival: stock tfjs 4.22 with its own WebGPU backend and kernels, under a name of its own, so that it and ours live
 * in one process. Must be imported before anything of `src/gpu`, whose operations may replace stock kernels.
 */
// oxlint-disable-next-line import/no-unassigned-import -- registers the stock gradients
import '#tfjs-gradients';
import { copyRegisteredKernels, env, registerBackend, setBackend } from '@tensorflow/tfjs-core';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { StudioError } from '../src/shared/errors';

export const rivalName = 'tfjs-webgpu';
copyRegisteredKernels('webgpu', rivalName);

/** The device as stock tfjs asks for it. */
export async function rivalDevice(gpu: GPU): Promise<{ device: GPUDevice; info: GPUAdapterInfo }> {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter)
    throw new StudioError({ code: 'adapter-missing', what: 'WebGPU found no GPU to work with.', why: '', action: '' });
  const {
    maxComputeWorkgroupStorageSize,
    maxComputeWorkgroupsPerDimension,
    maxStorageBufferBindingSize,
    maxBufferSize,
    maxComputeWorkgroupSizeX,
    maxComputeInvocationsPerWorkgroup,
  } = adapter.limits;
  const device = await adapter.requestDevice({
    requiredLimits: {
      maxComputeWorkgroupStorageSize,
      maxComputeWorkgroupsPerDimension,
      maxStorageBufferBindingSize,
      maxBufferSize,
      maxComputeWorkgroupSizeX,
      maxComputeInvocationsPerWorkgroup,
    },
  });
  return { device, info: adapter.info };
}

/** Registers the stock backend on a device. */
export function createRival(device: GPUDevice, info: GPUAdapterInfo): WebGPUBackend {
  const backend = new WebGPUBackend(device, info);
  registerBackend(rivalName, () => backend, 1);
  return backend;
}

const ourFlags = { WEBGPU_CPU_FORWARD: false, WEBGPU_MATMUL_PROGRAM_TYPE: 3 };
const stockFlags = { WEBGPU_CPU_FORWARD: true, WEBGPU_MATMUL_PROGRAM_TYPE: -1 };

/** Makes a backend the current one, with its own flags. */
export async function use(name: 'webgpu' | typeof rivalName): Promise<void> {
  for (const [flag, value] of Object.entries(name === rivalName ? stockFlags : ourFlags)) env().set(flag, value);
  await setBackend(name);
}

/** Submits what the stock backend has recorded. */
export function flushRival(backend: WebGPUBackend): void {
  const internals = backend as unknown as {
    commandEncoder: unknown;
    endComputePassEncoder(): void;
    submitQueue(): void;
  };
  internals.endComputePassEncoder();
  if (internals.commandEncoder) internals.submitQueue();
}
