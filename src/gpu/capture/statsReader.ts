/**
 * The scalars a step returns: copied into one small buffer as the step's last commands (eager or captured), and read
 * back from there without stopping later runs. Staging buffers are kept, so that reading creates nothing in the long
 * run.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { DataId, StudioBackend } from '../backend';
import { readFailure } from '../device/gpuErrors';

interface Slot {
  name: string;
  dataId: DataId;
  integer: boolean;
}

/** Slots lie where a storage binding may begin, so that a kernel can write its result straight into one. */
const slotBytes = 256;

export class StatsReader {
  private slots: Slot[] = [];
  private buffer: GPUBuffer | null = null;
  private readonly idle: GPUBuffer[] = [];

  constructor(private readonly backend: StudioBackend) {}

  /**
   * Records the copies. The names must be the same in every call.
   * @throws RangeError when a statistic is not a scalar
   */
  store(named: Record<string, Tensor>): void {
    const entries = Object.entries(named);
    if (!this.buffer) this.layOut(entries);
    if (entries.length !== this.slots.length) throw new RangeError('a step must return the same statistics every time');
    for (const { name, dataId } of this.slots) {
      const tensor = named[name];
      if (tensor?.size !== 1) throw new RangeError(`statistic "${name}" is not a scalar`);
      this.backend.copy({ source: tensor.dataId, target: dataId });
    }
  }

  private layOut(entries: [string, Tensor][]): void {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const buffer = this.backend.device.createBuffer({
      label: 'plan statistics',
      size: Math.max(1, entries.length) * slotBytes,
      usage,
    });
    this.buffer = buffer;
    const { tracer } = this.backend;
    this.backend.tracer = null; // these data belong to the step, not to its body
    this.slots = entries.map(([name, tensor], i) => {
      const { dtype } = this.backend.tensorMap.get(tensor.dataId);
      const { dataId } = this.backend.makeTensorInfo([], dtype);
      this.backend.bindView(dataId, buffer, i * slotBytes);
      return { name, dataId, integer: dtype !== 'float32' };
    });
    this.backend.tracer = tracer;
  }

  /** The values after everything queued so far. @throws StudioError device-lost */
  async read(): Promise<Record<string, number>> {
    const { buffer, backend } = this;
    if (!buffer || this.slots.length === 0) return {};
    backend.flush();
    const staging =
      this.idle.pop() ??
      backend.device.createBuffer({
        label: 'statistics read-back',
        size: 4 * this.slots.length,
        usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
      });
    const encoder = backend.device.createCommandEncoder();
    this.slots.forEach((_, i) => encoder.copyBufferToBuffer(buffer, i * slotBytes, staging, 4 * i, 4));
    backend.queue.submit([encoder.finish()]);
    try {
      await staging.mapAsync(GPUMapMode.READ);
    } catch (error) {
      staging.destroy();
      throw await readFailure(backend.device, error);
    }
    const view = new DataView(staging.getMappedRange());
    const values = this.slots.map(
      ({ name, integer }, i) => [name, integer ? view.getInt32(4 * i, true) : view.getFloat32(4 * i, true)] as const,
    );
    staging.unmap();
    if (this.buffer) this.idle.push(staging);
    else staging.destroy();
    return Object.fromEntries(values);
  }

  dispose(): void {
    for (const { dataId } of this.slots) this.backend.disposeData(dataId);
    for (const staging of this.idle) staging.destroy();
    this.buffer?.destroy();
    this.buffer = null;
  }
}
