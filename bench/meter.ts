/** Counts what a device is asked to do, by wrapping its methods. Exact, whatever library sits on top. */

export interface Counts {
  dispatches: number;
  copies: number;
  submits: number;
  buffersCreated: number;
  bindGroupsCreated: number;
  pipelinesCreated: number;
  /** Bytes of buffers that can be mapped for reading: what read-backs move. */
  readbackBytes: number;
}

export interface DeviceMeter {
  readonly counts: Counts;
  /** Bytes of buffers alive now and at most so far, except mappable ones. */
  readonly bytes: { now: number; peak: number };
  reset(): void;
  /** Takes the wrappers off again, so that what follows can be timed. */
  end(): void;
}

const zero = (): Counts => ({
  dispatches: 0,
  copies: 0,
  submits: 0,
  buffersCreated: 0,
  bindGroupsCreated: 0,
  pipelinesCreated: 0,
  readbackBytes: 0,
});

/**
 * Calls `after` with the arguments and the result of every call of a method. Deleting the property takes the spy off.
 */
function spy<T extends object>(
  target: T,
  name: keyof T & string,
  after: (args: unknown[], result: unknown) => void,
): void {
  const original = target[name] as (...args: unknown[]) => unknown;
  Object.defineProperty(target, name, {
    configurable: true,
    value: (...args: unknown[]) => {
      const result = original.apply(target, args);
      after(args, result);
      return result;
    },
  });
}

export function meterDevice(device: GPUDevice): DeviceMeter {
  const counts = zero();
  const bytes = { now: 0, peak: 0 };
  spy(device, 'createBuffer', ([descriptor], result) => {
    const { size, usage } = descriptor as GPUBufferDescriptor;
    counts.buffersCreated++;
    if (usage & GPUBufferUsage.MAP_READ) return;
    bytes.now += size;
    bytes.peak = Math.max(bytes.peak, bytes.now);
    const buffer = result as GPUBuffer;
    let destroyed = false;
    spy(buffer, 'destroy', () => {
      if (!destroyed) bytes.now -= size;
      destroyed = true;
    });
  });
  spy(device, 'createBindGroup', () => counts.bindGroupsCreated++);
  spy(device, 'createComputePipeline', () => counts.pipelinesCreated++);
  spy(device.queue, 'submit', () => counts.submits++);
  spy(device, 'createCommandEncoder', (_, result) => {
    const encoder = result as GPUCommandEncoder;
    spy(encoder, 'beginComputePass', (_args, pass) =>
      spy(pass as GPUComputePassEncoder, 'dispatchWorkgroups', () => counts.dispatches++),
    );
    spy(encoder, 'copyBufferToBuffer', (args) => {
      counts.copies++;
      const target = args.find((arg, i) => i > 0 && typeof arg === 'object') as GPUBuffer;
      const size = args.at(-1) as number;
      if (target.usage & GPUBufferUsage.MAP_READ) counts.readbackBytes += size;
    });
  });
  const end = (): void => {
    for (const name of ['createBuffer', 'createBindGroup', 'createComputePipeline', 'createCommandEncoder'])
      Reflect.deleteProperty(device, name);
    Reflect.deleteProperty(device.queue, 'submit');
  };
  return { counts, bytes, reset: () => void Object.assign(counts, zero()), end };
}
