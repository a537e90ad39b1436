/**
 * A thousand captured iterations of the adversarial training ask the device for nothing new. On Dawn's null backend,
 * which takes every command and executes none: what is counted is exact and needs no adapter.
 */
import { create, globals } from 'webgpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acquireDevice } from '../../gpu/device/device';
import { createEngine, type Engine } from '../../gpu/engine';
import { GanTrainer } from './ganTrainer';
import { toyBatch, toyClassCount, toyConfig, toyDataset, toyPrompts, toySlots, toyTower } from './gan.testing';

const creations = [
  'createBuffer',
  'createBindGroup',
  'createComputePipeline',
  'createComputePipelineAsync',
  'createShaderModule',
] as const;

/**
 * Counts what the device is asked to create, the bytes of buffers alive, and the bytes that are copied to where the
 * host can read them.
 */
function watch(device: GPUDevice): { created: Record<string, number>; bytes: () => number; readBack: () => number } {
  const created: Record<string, number> = Object.fromEntries(creations.map((name) => [name, 0]));
  let [bytes, readBack] = [0, 0];
  for (const name of creations) {
    const original = device[name].bind(device) as (descriptor: never) => unknown;
    Object.defineProperty(device, name, {
      configurable: true,
      value: (descriptor: never) => {
        created[name] = (created[name] ?? 0) + 1;
        const made = original(descriptor);
        if (name === 'createBuffer') {
          const buffer = made as GPUBuffer;
          const destroy = buffer.destroy.bind(buffer);
          bytes += buffer.size;
          let gone = false;
          Object.defineProperty(buffer, 'destroy', {
            value: () => {
              if (!gone) bytes -= buffer.size;
              gone = true;
              destroy();
            },
          });
        }
        return made;
      },
    });
  }
  const createCommandEncoder = device.createCommandEncoder.bind(device);
  const counting = (): GPUCommandEncoder => {
    const encoder = createCommandEncoder();
    const copy = encoder.copyBufferToBuffer.bind(encoder) as (
      from: GPUBuffer,
      at: number,
      to: GPUBuffer,
      place: number,
      size: number,
    ) => void;
    const counted: typeof copy = (from, at, to, place, size) => {
      if (to.usage & GPUBufferUsage.MAP_READ) readBack += size;
      copy(from, at, to, place, size);
    };
    return Object.assign(encoder, { copyBufferToBuffer: counted });
  };
  Object.defineProperty(device, 'createCommandEncoder', { configurable: true, value: counting });
  return { created, bytes: () => bytes, readBack: () => readBack };
}

let engine: Engine;

beforeAll(async () => {
  Object.assign(globalThis, globals);
  const gpu = create(['backend=null']);
  // The stock backend looks for it
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  engine = await createEngine(await acquireDevice(gpu));
});
afterAll(() => engine.dispose());

describe('a long run', () => {
  it('creates no buffer, bind group or pipeline in a thousand iterations, and reads back 4 KiB in sixteen at most', async () => {
    const { created, bytes, readBack } = watch(engine.context.device);
    const config = toyConfig({
      clipHead: { weight: 1, startFraction: 0, startMaxKimg: 0, rampFraction: 0, tokenHeads: 'none' },
    });
    const dataset = toyDataset();
    const trainer = new GanTrainer({
      config,
      slots: toySlots,
      classCount: toyClassCount,
      dataset,
      clip: { branch: toyTower, promptFeatures: toyPrompts() },
    });
    const train = async (iterations: number): Promise<void> => {
      for (let i = 0; i < iterations; i++) {
        trainer.iterate(toyBatch(config, trainer.iteration));
        if (i % 16 === 15) await trainer.readStats();
      }
    };
    await train(32);
    const before = { ...created };
    const [bytesBefore, tensorsBefore, readBefore] = [bytes(), engine.memory().tensors, readBack()];
    await train(1008);
    expect(readBack()).toBeGreaterThan(readBefore);
    expect((readBack() - readBefore) / 63).toBeLessThanOrEqual(4096);
    expect(created).toEqual(before);
    expect(bytes()).toBe(bytesBefore);
    expect(engine.memory().tensors).toBe(tensorsBefore);
    trainer.dispose();
    dataset.dispose();
  });
});
