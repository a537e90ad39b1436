/** For tests: drivers that compile something else than they are given. */
import { acquireDevice } from '../device/device';
import { createEngine, type Engine } from '../engine';
import { discardTestEngine, testEngine } from '../testing/testEngine';

/**
 * An engine of its own, in place of the tests' common one until the test ends.
 * @param fault from a kernel's code and label to the code that is compiled
 */
export async function faultyEngine(fault: (code: string, label: string) => string): Promise<Engine> {
  (await testEngine()).dispose();
  discardTestEngine();
  const context = await acquireDevice();
  const create = context.device.createShaderModule.bind(context.device);
  const broken = (given: GPUShaderModuleDescriptor): GPUShaderModule =>
    create({ ...given, code: fault(given.code, given.label ?? '') });
  Object.defineProperty(context.device, 'createShaderModule', { configurable: true, value: broken });
  return createEngine(context);
}

/** Half of what threads share is lost: in sums of rows, of pixels, of a weight's sides. */
export function halfSums(code: string): string {
  return code.replaceAll(/(partial\[\w+\] \+= )(?=partial)/g, '$1 0.5 * ');
}
