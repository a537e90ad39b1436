/**
 * Where an iteration's GPU time goes: every dispatch of our step in a compute pass of its own between two timestamps,
 * summed by kernel. The passes cost a little themselves, so shares tell more than sums. Needs an adapter with
 * `timestamp-query`.
 */
import { installNodeGpu } from '../src/headless/nodeGpu';
import { acquireDevice } from '../src/gpu/device/device';
import { createEngine } from '../src/gpu/engine';
import type { Bench } from './bench';
import { rounded } from './measure';
import { DispatchClock } from './dispatchClock';
import { modelsFolder } from './step/buildContenders';
import { batchOf, configOf, makeTrainer } from './step/iteration';

const warmUp = 3;

export const run: Bench = async ({ long, base }) => {
  const context = await acquireDevice(installNodeGpu());
  if (!context.device.features.has('timestamp-query')) throw new Error('This adapter has no timestamps.');
  const engine = await createEngine(context);
  engine.onError((error) => {
    throw error;
  });
  const config = configOf({ base, batch: 8, width: 32 });
  const trainer = await makeTrainer(config, modelsFolder);
  const iterate = async (iteration: number): Promise<void> => {
    trainer.iterate(batchOf(config, iteration));
    await trainer.readStats();
  };
  for (let i = 0; i < warmUp; i++) await iterate(i);
  const clock = new DispatchClock(context.device);
  const iterations = long ? 20 : 5;
  for (let i = 0; i < iterations; i++) await iterate(warmUp + i);
  const kernels = await clock.end();
  const total = kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  for (const { label, dispatches, milliseconds } of kernels) {
    console.log(
      `${((100 * milliseconds) / total).toFixed(1).padStart(5)}%  ${(milliseconds / iterations).toFixed(2).padStart(8)} ms  ${String(dispatches / iterations).padStart(5)} x  ${label}`,
    );
  }
  return {
    adapter: `${context.adapter.vendor} ${context.adapter.description}`.trim(),
    base,
    share: Object.fromEntries(kernels.map(({ label, milliseconds }) => [label, rounded(milliseconds / total)])),
  };
};
