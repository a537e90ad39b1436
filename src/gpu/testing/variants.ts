/** Runs tests with both families of kernels: those for GPUs and those for Vulkan on a CPU, whatever the device. */
import { afterEach, beforeEach, describe } from 'vitest';
import { testEngine } from './testEngine';
import { overrideTuning, type Tuning } from '../tuning';

const families: Record<string, Partial<Tuning>> = {
  'no workgroup memory': { workgroupMemory: false, bakeShapes: false },
  'workgroup memory': { workgroupMemory: true, bakeShapes: false, wantedWorkgroups: 264 },
};

/** The products' own family for subgroups of one fixed size; the first one where the device has none. */
export const lanesFamily: Record<string, Partial<Tuning>> = {
  lanes: { workgroupMemory: false, bakeShapes: false, variant: 'lanes' },
};

/** The opposite: without subgroups where the device has them. */
export const directFamily: Record<string, Partial<Tuning>> = {
  direct: { workgroupMemory: false, bakeShapes: false, variant: 'direct' },
};

/** A `describe` for each family, and for those in `more`. */
export function describeFamilies(
  name: string,
  body: (family: { workgroupMemory: boolean }) => void,
  more: Record<string, Partial<Tuning>> = {},
): void {
  for (const [family, settings] of Object.entries({ ...families, ...more })) {
    describe(`${name}, ${family}`, () => {
      beforeEach(async () => {
        await testEngine();
        overrideTuning(settings);
      });
      afterEach(() => overrideTuning({}));
      body({ workgroupMemory: settings.workgroupMemory ?? false });
    });
  }
}
