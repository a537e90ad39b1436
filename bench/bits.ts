/**
 * Hashes of BigGAN's state after three iterations, and of a grid: equal before and after a change that must not change
 * a number.
 */
import { acquireDevice } from '../src/gpu/device/device';
import { createEngine } from '../src/gpu/engine';
import { installNodeGpu } from '../src/headless/nodeGpu';
import { bitsCases, bitsOf } from '../src/lcp/training/bits.testing';
import type { Bench } from './bench';

export const run: Bench = async () => {
  const context = await acquireDevice(installNodeGpu());
  const engine = await createEngine(context);
  const found: Record<string, unknown> = {};
  for (const [name, each] of Object.entries(bitsCases)) {
    const { stateHash, gridHash, norms } = await bitsOf(each);
    console.log(`${name}: state ${stateHash}, grid ${gridHash}`);
    found[name] = { stateHash, gridHash, norms };
  }
  await engine.settle();
  engine.dispose();
  return { adapter: context.adapter.description, cases: found };
};
