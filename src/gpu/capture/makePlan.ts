/** From a captured step, its dead code dropped, to a plan: the passes in order. */
import type { Command } from './commands';
import { foldConstants } from './constantFolding';
import { withoutCopies } from './copyElision';
import { Replay } from './replay';

/** @param commands their uses are changed */
export function makePlan(device: GPUDevice, commands: readonly Command[]): Replay {
  const createBuffer = (size: number): GPUBuffer =>
    device.createBuffer({
      label: 'plan constants',
      size,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
  const { once, always, buffers } = foldConstants(commands, createBuffer);
  if (once.length > 0) {
    const first = new Replay(device, once);
    first.run();
    first.dispose();
  }
  return new Replay(device, withoutCopies(always, device.limits.minStorageBufferOffsetAlignment), buffers);
}
