/**
 * Memory that is asked for in bulk, a plan's buffers or a data set's, is asked for inside an error scope: WebGPU
 * reports a shortage later and goes on with buffers that do not exist. The error names what was asked for and how many
 * bytes, so that whoever knows the settings can propose smaller ones.
 */
import { StudioError } from '../../shared/errors';

/** What the memory was for. */
export type MemoryUse = 'training step' | 'data set';

/** Not enough GPU memory for something of known size. */
export class OutOfMemory extends StudioError {
  constructor(
    readonly use: MemoryUse,
    /** Bytes that were asked for, all in all. */
    readonly bytes: number,
    /** Most bytes of one buffer, where that was exceeded; 0 where the memory itself ran out. */
    limit: number,
    detail?: string,
  ) {
    const asked = `The ${use} needs ${megabytes(bytes)} of GPU memory`;
    super({
      code: 'out-of-memory',
      what: 'The GPU has not enough memory.',
      why:
        limit > 0
          ? `${asked}, in pieces larger than the ${megabytes(limit)} that this GPU allows for one.`
          : bytes > 0
            ? `${asked}, more than is free.`
            : `The ${use} needs more GPU memory than is free.`,
      action:
        use === 'data set'
          ? 'Choose a lower resolution or fewer pictures.'
          : 'Choose a smaller batch or narrower networks, and close other programs or tabs that use the GPU.',
      detail,
    });
  }
}

export function megabytes(bytes: number): string {
  return `${Math.max(1, Math.round(bytes / 1e6)).toLocaleString('en')} MB`;
}

/** @throws OutOfMemory where a buffer of these bytes exceeds what the device allows for one */
export function checkBufferSize(device: GPUDevice, use: MemoryUse, largest: number, total: number): void {
  const limit = Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
  if (largest > limit) throw new OutOfMemory(use, total, limit);
}

/**
 * Runs `allocate` at once and watches the memory it asks for.
 * @param bytes all that was asked for, as known afterwards
 * @returns what `allocate` returned, and a promise that rejects with `OutOfMemory` where the device had not enough. It
 * must be awaited.
 */
export function watchAllocation<T>(
  device: GPUDevice,
  use: MemoryUse,
  allocate: () => T,
  bytes: (value: T) => number,
): { value: T; allocated: Promise<void> } {
  device.pushErrorScope('out-of-memory');
  let value: T;
  try {
    value = allocate();
  } catch (error) {
    void device.popErrorScope().catch(() => null);
    // Buffers that are mapped at creation fail at once, and not by the scope.
    if (error instanceof RangeError && /alloc|memory|map/i.test(error.message))
      throw new OutOfMemory(use, 0, 0, error.message);
    throw error;
  }
  const allocated = device.popErrorScope().then(
    (error) => {
      if (error) throw new OutOfMemory(use, bytes(value), 0, error.message);
    },
    () => undefined, // a lost device reports itself
  );
  allocated.catch(() => undefined); // whoever awaits it hears of it
  return { value, allocated };
}
