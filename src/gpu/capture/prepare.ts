/** The passes over a captured step, in order, and the plan that comes out. */
import type { Command } from './commands';
import { foldConstants } from './constantFolding';
import { withoutCopies } from './copyElision';
import { withoutDeadCode } from './deadCode';
import { Replay } from './replay';

/** @param commands as traced; their uses are changed */
export function prepare(device: GPUDevice, commands: readonly Command[]): Replay {
  const createBuffer = (size: number): GPUBuffer =>
    device.createBuffer({ label: 'plan constants', size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST });
  const { once, always, buffers } = foldConstants(withoutDeadCode(commands), createBuffer);
  if (once.length > 0) {
    const first = new Replay(device, once);
    first.run();
    first.dispose();
  }
  return new Replay(device, withoutCopies(always, device.limits.minStorageBufferOffsetAlignment), buffers);
}
