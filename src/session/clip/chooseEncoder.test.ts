import { expect, it } from 'vitest';
import type { FrozenClip } from '../../clip/frozen';
import { GpuEncoderRefused, type ImageEncoder } from '../../clip/imageEncoder';
import type { ClipModel } from '../../clip/model';
import type { GpuContext } from '../../gpu/device/device';
import { chooseEncoder, type ChosenEncoder } from './chooseEncoder';
import type { SessionPorts } from '../sessionPorts';

const model = {} as ClipModel;
const clip = { rows: 16, encodeImages: async () => Float32Array.of(1) } as unknown as FrozenClip;

interface Case {
  isFallback?: boolean;
  featuresOnGpu?: boolean;
  count?: number;
  encoder?: () => Promise<ImageEncoder>;
}

async function choose({
  isFallback = false,
  featuresOnGpu = true,
  count = 1000,
  encoder,
}: Case): Promise<{ chosen: ChosenEncoder; told: string[]; destroyed: () => number; asked: () => number }> {
  const told: string[] = [];
  const counts = { destroyed: 0, asked: 0 };
  const ports = {
    featuresOnGpu,
    emit: (event: { text?: string }) => void told.push(event.text ?? ''),
  } as unknown as SessionPorts;
  const context = {
    device: { destroy: () => void (counts.destroyed += 1) },
    adapter: { isFallback },
  } as unknown as GpuContext;
  const chosen = await chooseEncoder(ports, model, clip, count, {
    acquireDevice: () => Promise.resolve(void (counts.asked += 1)).then(() => context),
    openGpuEncoder:
      encoder ??
      (() =>
        Promise.resolve({
          rows: 64,
          encodeImages: async () => Float32Array.of(2),
          close: async () => context.device.destroy(),
        })),
  });
  return { chosen, told, destroyed: () => counts.destroyed, asked: () => counts.asked };
}

it('takes a real GPU that agrees, says so, and gives its memory back', async () => {
  const { chosen, told, destroyed } = await choose({});
  expect([chosen.place, chosen.rows, ...(await chosen.encodeImages(new Float32Array(1)))]).toEqual(['GPU', 64, 2]);
  expect(told).toEqual([expect.stringMatching(/The GPU looks at the pictures, 64 at a time/)]);
  await chosen.close();
  expect(destroyed()).toBe(1);
});

it('takes the processor without a word where there is no real GPU, no build for it, or little to do', async () => {
  for (const each of [{ isFallback: true }, { featuresOnGpu: false }, { count: 30 }]) {
    const { chosen, told, destroyed, asked } = await choose(each);
    expect([chosen.place, chosen.rows]).toEqual(['processor', 16]);
    expect(told).toEqual([]);
    expect(destroyed()).toBe(asked());
  }
});

it('does without a device that cannot be had', async () => {
  const told: string[] = [];
  const ports = {
    featuresOnGpu: true,
    emit: (event: { text?: string }) => void told.push(event.text ?? ''),
  } as unknown as SessionPorts;
  const none = (): Promise<never> => Promise.reject(new Error('no device'));
  expect((await chooseEncoder(ports, model, clip, 1000, { acquireDevice: none, openGpuEncoder: none })).place).toBe(
    'processor',
  );
  expect(told).toEqual([expect.stringMatching(/could not be opened a second time/)]);
});

it('says why where the GPU was refused', async () => {
  const { chosen, told } = await choose({
    encoder: () =>
      Promise.reject(new GpuEncoderRefused('the GPU gave other features than the processor (cosine 0.91000)')),
  });
  expect(chosen.place).toBe('processor');
  expect(told).toEqual([
    'The processor looks at the pictures: the GPU gave other features than the processor (cosine 0.91000).',
  ]);
});

it('goes on with the processor where the GPU fails in mid-way', async () => {
  let calls = 0;
  let closed = 0;
  const encodeImages = async (): Promise<Float32Array> => {
    calls += 1;
    if (calls === 2) throw new Error('lost');
    return Float32Array.of(2);
  };
  const { chosen, told } = await choose({
    encoder: async () => ({ rows: 8, encodeImages, close: async () => void (closed += 1) }),
  });
  const results = [];
  for (let i = 0; i < 4; i++) results.push(...(await chosen.encodeImages(new Float32Array(1))));
  await chosen.close();
  expect([results, calls, closed]).toEqual([[2, 1, 1, 1], 2, 1]);
  expect(told.at(-1)).toMatch(/processor goes on/);
});
