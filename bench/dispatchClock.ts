/** Times every dispatch of a device: each goes into a compute pass of its own, between two timestamps. */

export interface KernelTime {
  /** Label of the pipeline. */
  label: string;
  dispatches: number;
  milliseconds: number;
}

/** Timestamps of one query set: WebGPU's maximum. */
const slots = 4096;

interface Batch {
  querySet: GPUQuerySet;
  labels: string[];
  resolved: GPUBuffer;
}

export class DispatchClock {
  private readonly full: Batch[] = [];
  private open: Batch;
  private readonly original: GPUDevice['createCommandEncoder'];

  constructor(private readonly device: GPUDevice) {
    this.original = device.createCommandEncoder.bind(device);
    this.open = this.newBatch();
    Object.defineProperty(device, 'createCommandEncoder', {
      configurable: true,
      value: (descriptor?: GPUCommandEncoderDescriptor) => {
        const encoder = this.original(descriptor);
        const begin = encoder.beginComputePass.bind(encoder);
        Object.defineProperty(encoder, 'beginComputePass', { value: () => this.passOf(begin) });
        return encoder;
      },
    });
  }

  private newBatch(): Batch {
    const resolved = this.device.createBuffer({
      size: slots * 8,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    return { querySet: this.device.createQuerySet({ type: 'timestamp', count: slots }), labels: [], resolved };
  }

  /** Stands in for a pass: opens a real one at each dispatch. */
  private passOf(
    begin: GPUCommandEncoder['beginComputePass'],
  ): Pick<GPUComputePassEncoder, 'setPipeline' | 'setBindGroup' | 'dispatchWorkgroups' | 'end'> {
    let pipeline: GPUComputePipeline | null = null;
    let group: GPUBindGroup | null = null;
    return {
      setPipeline: (next) => {
        pipeline = next;
        return undefined;
      },
      setBindGroup: (_index: number, next: GPUBindGroup | null | undefined) => {
        group = next ?? null;
        return undefined;
      },
      dispatchWorkgroups: (x, y, z) => {
        if (!pipeline) throw new Error('a dispatch without a pipeline');
        if (this.open.labels.length === slots / 2) {
          this.full.push(this.open);
          this.open = this.newBatch();
        }
        const { querySet, labels } = this.open;
        const at = 2 * labels.push(pipeline.label) - 2;
        const pass = begin({
          timestampWrites: { querySet, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 },
        });
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        pass.dispatchWorkgroups(x, y, z);
        pass.end();
        return undefined;
      },
      end: () => undefined,
    };
  }

  private async read({ querySet, labels, resolved }: Batch): Promise<BigUint64Array> {
    const target = this.device.createBuffer({
      size: slots * 8,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    const encoder = this.original();
    encoder.resolveQuerySet(querySet, 0, 2 * labels.length, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, target, 0, slots * 8);
    this.device.queue.submit([encoder.finish()]);
    await target.mapAsync(GPUMapMode.READ);
    return new BigUint64Array(target.getMappedRange().slice(0));
  }

  /** Takes the clock off. @returns kernels by time, the longest first */
  async end(): Promise<KernelTime[]> {
    Reflect.deleteProperty(this.device, 'createCommandEncoder');
    const kernels = new Map<string, KernelTime>();
    for (const batch of [...this.full, this.open].filter(({ labels }) => labels.length > 0)) {
      const stamps = await this.read(batch);
      batch.labels.forEach((label, i) => {
        const kernel = kernels.get(label) ?? { label, dispatches: 0, milliseconds: 0 };
        kernel.dispatches++;
        kernel.milliseconds += Number((stamps[2 * i + 1] ?? 0n) - (stamps[2 * i] ?? 0n)) / 1e6;
        kernels.set(label, kernel);
      });
    }
    return [...kernels.values()].toSorted((a, b) => b.milliseconds - a.milliseconds);
  }
}
