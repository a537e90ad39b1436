/** Opens the stock backend on a metered device: the counterpart of `bench/step/engine.ts`. */
import { setBackend } from '@tensorflow/tfjs-core';
import { createRival, flushRival, rivalDevice, rivalName } from '../tfjs';
import { meterDevice } from '../meter';
import type { Opened } from '../step/engine';

export async function openEngine(gpu: GPU): Promise<Opened> {
  const { device, info } = await rivalDevice(gpu);
  const meter = meterDevice(device);
  const backend = createRival(device, info);
  await setBackend(rivalName);
  return {
    meter,
    adapter: `${info.vendor} ${info.description}`.trim(),
    flush: () => flushRival(backend),
    settles: false,
  };
}
