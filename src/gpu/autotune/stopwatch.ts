/**
 * GPU time of repeated work: by timestamps where the device has them, else by waiting for the queue. Either way the
 * work is repeated until it takes some milliseconds, because browsers round timestamps to 0.1 ms and a wait costs as
 * much.
 */
import type { Replay } from '../capture/replay';

export class Stopwatch {
  private readonly set: GPUQuerySet | null;
  private readonly resolved: GPUBuffer | null;
  private readonly staging: GPUBuffer | null;

  constructor(private readonly device: GPUDevice) {
    const has = device.features.has('timestamp-query');
    this.set = has ? device.createQuerySet({ type: 'timestamp', count: 2 }) : null;
    this.resolved = has
      ? device.createBuffer({ size: 16, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC })
      : null;
    this.staging = has
      ? device.createBuffer({ size: 16, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ })
      : null;
  }

  /** Milliseconds of one run, from `repeats` in one submit. */
  async time(replay: Replay, repeats: number): Promise<number> {
    const { device } = this;
    const encoder = device.createCommandEncoder();
    this.mark(encoder, 0);
    for (let i = 0; i < repeats; i++) replay.encode(encoder);
    this.mark(encoder, 1);
    if (this.set && this.resolved && this.staging) {
      encoder.resolveQuerySet(this.set, 0, 2, this.resolved, 0);
      encoder.copyBufferToBuffer(this.resolved, 0, this.staging, 0, 16);
    }
    const start = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    const waited = performance.now() - start;
    const stamped = await this.stamped();
    // Some drivers give nothing for empty passes: then the wait is what there is.
    return (stamped > 0 && stamped <= waited ? stamped : waited) / repeats;
  }

  dispose(): void {
    this.set?.destroy();
    this.resolved?.destroy();
    this.staging?.destroy();
  }

  private mark(encoder: GPUCommandEncoder, index: 0 | 1): void {
    if (!this.set) return;
    const timestampWrites =
      index === 0
        ? { querySet: this.set, beginningOfPassWriteIndex: 0 }
        : { querySet: this.set, endOfPassWriteIndex: 1 };
    encoder.beginComputePass({ timestampWrites }).end();
  }

  private async stamped(): Promise<number> {
    if (!this.staging) return 0;
    await this.staging.mapAsync(GPUMapMode.READ);
    const [begin = 0n, end = 0n] = new BigUint64Array(this.staging.getMappedRange().slice(0));
    this.staging.unmap();
    return Number(end - begin) / 1e6;
  }
}
