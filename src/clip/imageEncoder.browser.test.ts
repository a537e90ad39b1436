import { afterEach, describe, expect, it } from 'vitest';
import { openFrozenClip, type FrozenClip } from './frozen';
import { GpuEncoderRefused, openGpuEncoder, type ImageEncoder } from './imageEncoder';
import { loadClip } from './load';
import { fetchIo } from './loadIo';
import type { ClipModel } from './model';

const open: (FrozenClip | ImageEncoder)[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function tower(): Promise<{ model: ClipModel; reference: FrozenClip }> {
  const file = await (await fetch(new URL('./testing/towers/openai/vision_model.onnx', import.meta.url))).blob();
  const model = await loadClip(
    { kind: 'files', files: [{ name: 'vision_model.onnx', file }] },
    fetchIo('http://localhost/nowhere/'),
    () => {},
  );
  const reference = await openFrozenClip(model);
  open.push(reference);
  return { model, reference };
}

/** A device that counts the bytes of its buffers that are not destroyed. */
async function meteredDevice(): Promise<{ device: GPUDevice; bytes: () => number; errors: string[] }> {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error('no adapter');
  const device = await adapter.requestDevice();
  const errors: string[] = [];
  device.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
  const create = device.createBuffer.bind(device);
  let total = 0;
  device.createBuffer = (descriptor) => {
    const buffer = create(descriptor);
    total += buffer.size;
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      total -= buffer.size;
      destroy();
    };
    return buffer;
  };
  return { device, bytes: () => total, errors };
}

describe('openGpuEncoder', () => {
  it('gives the processor’s features in batches of more sizes than one, and hands all memory back', async () => {
    const { model, reference } = await tower();
    const { device, bytes, errors } = await meteredDevice();
    const gpu = await openGpuEncoder(model, reference, device, { mostRows: 3, evenIfSlower: true });
    expect(gpu.rows).toBeGreaterThan(0);
    for (const n of [3, 1]) {
      const pixels = Float32Array.from({ length: n * 3 * 32 * 32 }, (_, i) => Math.sin(i / 11) * 2);
      const [expected, actual] = [await reference.encodeImages(pixels), await gpu.encodeImages(pixels)];
      expect(actual.length).toBe(n * model.dim);
      const scale = Math.hypot(...expected.subarray(0, model.dim));
      actual.forEach((value, i) => expect(Math.abs(value - (expected[i] ?? NaN)) / scale).toBeLessThan(1e-4));
    }
    // A GPU that reports an error goes on with what was in its memory: such features are not taken.
    const pop = device.popErrorScope.bind(device);
    device.popErrorScope = async () => (await pop()) ?? ({ message: 'planted' } as GPUError);
    await expect(gpu.encodeImages(new Float32Array(3 * 3 * 32 * 32))).rejects.toThrow(/planted/);
    expect(bytes()).toBeGreaterThan(0);
    await gpu.close();
    expect((await device.lost).reason).toBe('destroyed');
    expect(errors).toEqual([]);
    // The processor goes on as before.
    expect((await reference.encodeImages(new Float32Array(3 * 32 * 32))).length).toBe(model.dim);
  });

  it('refuses a GPU that gives other features, and destroys its device', async () => {
    const { model, reference } = await tower();
    const { device } = await meteredDevice();
    const other: ImageEncoder = {
      rows: 8,
      close: async () => undefined,
      encodeImages: async (pixels) => (await reference.encodeImages(pixels)).map((value, i) => value + (i % 7)),
    };
    await expect(openGpuEncoder(model, other, device, { evenIfSlower: true })).rejects.toThrow(GpuEncoderRefused);
    expect((await device.lost).reason).toBe('destroyed');
  });
});
