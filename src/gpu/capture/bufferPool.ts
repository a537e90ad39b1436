/**
 * Memory for the virtual storages of captured steps, shared by all plans of a device: their contents die with the run
 * that wrote them, and runs are ordered by the queue, so plans may use the same buffers. A plan asks for a list of
 * sizes and gets that many different buffers.
 */

interface Pooled {
  buffer: GPUBuffer;
  users: number;
}

export class BufferPool {
  private readonly pooled: Pooled[] = [];

  constructor(private readonly device: GPUDevice) {}

  /** Bytes in all buffers. */
  get bytes(): number {
    return this.pooled.reduce((sum, { buffer }) => sum + buffer.size, 0);
  }

  /** One buffer for each size, in order; `sizes` is sorted largest first. Give them back with `release`. */
  acquire(sizes: readonly number[]): GPUBuffer[] {
    const free = this.pooled.toSorted((a, b) => b.buffer.size - a.buffer.size);
    return sizes.map((size) => {
      const fit = free.findLastIndex(({ buffer }) => buffer.size >= size);
      const found = fit < 0 ? this.create(size) : free.splice(fit, 1)[0];
      if (!found) throw new Error('unreachable');
      found.users += 1;
      return found.buffer;
    });
  }

  release(buffers: readonly GPUBuffer[]): void {
    for (const buffer of buffers) {
      const index = this.pooled.findIndex((entry) => entry.buffer === buffer);
      const entry = this.pooled[index];
      if (!entry) continue;
      entry.users -= 1;
      if (entry.users > 0) continue;
      buffer.destroy();
      this.pooled.splice(index, 1);
    }
  }

  private create(size: number): Pooled {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const entry = { buffer: this.device.createBuffer({ label: 'plan', size, usage }), users: 0 };
    this.pooled.push(entry);
    return entry;
  }
}

const pools = new WeakMap<GPUDevice, BufferPool>();

export function poolOf(device: GPUDevice): BufferPool {
  let pool = pools.get(device);
  if (!pool) {
    pool = new BufferPool(device);
    pools.set(device, pool);
  }
  return pool;
}
