/**
 * The engine that all GPU tests of a process share (Node on Dawn, or a browser): made on first use, with strict
 * kernels. The test setup checks it for errors after every test.
 */
import { acquireDevice } from '../device/device';
import { setStrictKernels } from '../kernel/dispatch';
import { createEngine, type Engine } from '../engine';

const shared: { engine: Promise<Engine> | null } = { engine: null };

export function testEngine(): Promise<Engine> {
  setStrictKernels(true);
  shared.engine ??= acquireDevice().then(createEngine);
  return shared.engine;
}

/** For tests that lose the device on purpose: the next `testEngine` makes a new one. */
export function discardTestEngine(): void {
  shared.engine = null;
}
