import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkBufferSize, OutOfMemory, watchAllocation } from './allocation';
import { GpuDataset } from '../dataset/dataset';
import { compileStep } from '../capture/plan';
import { mul, ones, sum } from '../tensor';
import { testEngine } from '../testing/testEngine';

/** The device says once that it had not enough memory: really filling a machine's memory is no test. */
async function shortOnce(): Promise<GPUDevice> {
  const { device } = (await testEngine()).backend;
  const pop = device.popErrorScope.bind(device);
  vi.spyOn(device, 'popErrorScope').mockImplementationOnce(async () => {
    await pop();
    return new GPUOutOfMemoryError('allocation failed');
  });
  return device;
}

describe('allocation', () => {
  afterEach(() => vi.restoreAllMocks());

  it('says what asked for how much when memory runs out, for a step', async () => {
    await shortOnce();
    const x = ones([1000, 1000]);
    const step = compileStep({ name: 'large', inputs: {}, body: () => ({ total: sum(mul(x, 2)) }) });
    const error = await step.prepare().then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(OutOfMemory);
    expect(error).toMatchObject({
      use: 'training step',
      info: { code: 'out-of-memory', why: expect.stringContaining('4 MB') as string },
    });
    expect((error as OutOfMemory).bytes).toBeGreaterThanOrEqual(4e6);
    step.dispose();
    x.dispose();
  });

  it('and for a data set', async () => {
    await shortOnce();
    const dataset = new GpuDataset({ count: 100, height: 64, width: 64 });
    await expect(dataset.allocated).rejects.toMatchObject({ use: 'data set', bytes: 100 * 64 * 64 * 3 });
    dataset.dispose();
    const other = new GpuDataset({ count: 1, height: 2, width: 2 });
    await expect(other.allocated).resolves.toBeUndefined();
    other.dispose();
  });

  it('refuses a buffer above the device’s limit before asking for it', async () => {
    const { device } = (await testEngine()).backend;
    const limit = Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
    expect(() => checkBufferSize(device, 'training step', limit, limit)).not.toThrow();
    expect(() => checkBufferSize(device, 'training step', limit + 4, 3 * limit)).toThrow(/in pieces larger than/);
  });

  it('passes on what goes wrong at once, and leaves no scope open', async () => {
    const { device } = (await testEngine()).backend;
    const failing = (message: string) => () =>
      watchAllocation(
        device,
        'training step',
        () => {
          throw new RangeError(message);
        },
        () => 0,
      );
    expect(failing('cannot map: out of memory')).toThrow(OutOfMemory);
    expect(failing('an axis is out of range')).toThrow(/axis/);
    // Nothing left on the stack of scopes: popping one more is an error.
    await expect(device.popErrorScope()).rejects.toThrow();
  });
});
