/** Opens our engine on a metered device. */
import { acquireDevice } from '../../src/gpu/device/device';
import { createEngine } from '../../src/gpu/engine';
import { meterDevice, type DeviceMeter } from '../meter';

export interface Opened {
  meter: DeviceMeter;
  adapter: string;
  flush: () => void;
  /** Whether the number of submits of an iteration is only settled after a few. */
  settles: boolean;
}

export async function openEngine(gpu: GPU): Promise<Opened> {
  const context = await acquireDevice(gpu);
  const meter = meterDevice(context.device);
  const engine = await createEngine(context);
  engine.onError((error) => {
    console.error(error);
    process.exit(1);
  });
  return {
    meter,
    adapter: `${context.adapter.vendor} ${context.adapter.description}`.trim(),
    flush: () => engine.backend.flush(),
    settles: true,
  };
}
