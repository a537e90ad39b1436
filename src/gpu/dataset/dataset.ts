/**
 * The training pictures, resident on the GPU as bytes, four to a word: a step only sends the indices of its batch.
 * Pictures are RGB, row by row, all of one size. Data sets larger than the device's binding size are kept in several
 * buffers.
 */
import { engine as tfEngine, keep } from '@tensorflow/tfjs-core';
import { watchAllocation } from '../device/allocation';
import { currentBackend } from '../current';
import { dispatchTensors, linearGrid } from '../kernel/dispatch';
import type { Tensor, Tensor4D } from '../tensor';

export interface DatasetShape {
  count: number;
  height: number;
  width: number;
  /** Most bytes of one buffer; default, and never more than, the device's largest binding. */
  shardBytes?: number;
}

interface Shard {
  /** First picture. */
  start: number;
  count: number;
  words: Tensor;
  buffer: GPUBuffer;
}

const gatherCode = (height: number, width: number, stride: number, batch: number): string => {
  const grid = linearGrid(batch * height * width);
  return /* wgsl */ `
struct Shard { start: u32, count: u32, total: u32, unused: u32 }
@group(0) @binding(0) var<storage, read_write> result: array<f32>;
@group(0) @binding(1) var<storage, read> words: array<u32>;
@group(0) @binding(2) var<storage, read> indices: array<i32>;
@group(0) @binding(3) var<storage, read> flips: array<f32>;
@group(0) @binding(4) var<uniform> shard: Shard;
fn value(byte: u32) -> f32 { return f32(extractBits(words[byte / 4u], 8u * (byte % 4u), 8u)) / 127.5 - 1.0; }
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  if (index >= ${batch * height * width}u) { return; }
  let column = index % ${width}u;
  let row = (index / ${width}u) % ${height}u;
  let item = index / ${height * width}u;
  let picture = u32(clamp(indices[item], 0, i32(shard.total) - 1));
  if (picture < shard.start || picture >= shard.start + shard.count) { return; }
  let source = select(column, ${width - 1}u - column, flips[item] > 0.5);
  let byte = (picture - shard.start) * ${stride}u + 3u * (row * ${width}u + source);
  result[3u * index] = value(byte);
  result[3u * index + 1u] = value(byte + 1u);
  result[3u * index + 2u] = value(byte + 2u);
}`;
};

export class GpuDataset {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** Rejects with `OutOfMemory` where the device had not enough; to be awaited before the data set is used. */
  readonly allocated: Promise<void>;
  /** Bytes a picture takes, a multiple of 4. */
  private readonly stride: number;
  private readonly shards: Shard[] = [];

  /** Allocates; fill with `set`. */
  constructor({ count, height, width, shardBytes = Infinity }: DatasetShape) {
    if (count < 1) throw new RangeError('a data set needs a picture');
    this.count = count;
    this.height = height;
    this.width = width;
    this.stride = Math.ceil((height * width * 3) / 4) * 4;
    const { device } = currentBackend();
    this.allocated = watchAllocation(
      device,
      'data set',
      () => this.allocate(shardBytes),
      () => count * this.stride,
    ).allocated;
  }

  private allocate(shardBytes: number): void {
    const { count } = this;
    const backend = currentBackend();
    const { limits } = backend.device;
    const capacity = Math.max(
      1,
      Math.floor(Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize, shardBytes) / this.stride),
    );
    for (let start = 0; start < count; start += capacity) {
      const pictures = Math.min(capacity, count - start);
      const size = pictures * this.stride;
      const buffer = backend.device.createBuffer({
        label: 'dataset',
        size,
        usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
      });
      const info = backend.makeTensorInfo([size / 4], 'int32');
      backend.bindView(info.dataId, buffer, 0);
      this.shards.push({ start, count: pictures, words: keep(tfEngine().makeTensorFromTensorInfo(info)), buffer });
    }
  }

  /** Writes pictures from number `first` on. @param pixels whole pictures, RGB, [k, H, W, 3] */
  set(first: number, pixels: Uint8Array): void {
    const bytes = this.height * this.width * 3;
    const k = pixels.byteLength / bytes;
    if (!Number.isInteger(k) || first < 0 || first + k > this.count)
      throw new RangeError(`${pixels.byteLength} bytes at picture ${first} of ${this.count}`);
    const { queue } = currentBackend();
    currentBackend().flush();
    for (const { start, count, buffer } of this.shards) {
      const from = Math.max(first, start);
      const to = Math.min(first + k, start + count);
      if (from >= to) continue;
      const part = pixels.subarray((from - first) * bytes, (to - first) * bytes);
      queue.writeBuffer(buffer, (from - start) * this.stride, this.padded(part, to - from));
    }
  }

  /** Pictures at `stride` bytes each. */
  private padded(pixels: Uint8Array, k: number): Uint8Array<ArrayBuffer> {
    const bytes = this.height * this.width * 3;
    if (bytes === this.stride) return pixels as Uint8Array<ArrayBuffer>;
    const padded = new Uint8Array(k * this.stride);
    for (let i = 0; i < k; i++) padded.set(pixels.subarray(i * bytes, (i + 1) * bytes), i * this.stride);
    return padded;
  }

  /**
   * A batch of pictures.
   * @param indices [B] int32, clamped to the data set
   * @param flips [B] float32: mirrored left to right where > 0.5
   * @returns [B, H, W, 3] in [-1, 1]
   */
  gather(indices: Tensor, flips: Tensor): Tensor4D {
    if (indices.dtype !== 'int32') throw new TypeError(`indices are int32, not ${indices.dtype}`);
    const { height, width, stride } = this;
    const batch = indices.size;
    let result: Tensor | undefined;
    for (const { start, count, words } of this.shards) {
      const [made] = dispatchTensors({
        label: 'dataset.gather',
        key: `${height} ${width} ${batch}`,
        code: () => gatherCode(height, width, stride, batch),
        ...(result ? { inPlace: [result] } : { outputs: [{ shape: [batch, height, width, 3] }] }),
        inputs: [words, indices, flips],
        constants: new Uint8Array(Uint32Array.of(start, count, this.count, 0).buffer),
        workgroups: linearGrid(batch * height * width).workgroups,
      });
      result ??= made;
    }
    return result as Tensor4D;
  }

  dispose(): void {
    currentBackend().flush();
    for (const { words, buffer } of this.shards) {
      words.dispose();
      buffer.destroy();
    }
  }
}
