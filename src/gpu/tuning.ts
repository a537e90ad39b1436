/**
 * Which variant of a kernel runs on which device. Two families exist of everything that shares data between threads: with workgroup
 * memory and barriers for GPUs, without them for Vulkan on a CPU, where a barrier costs more than the loads it saves and where compiling a
 * pipeline costs more than running it. Results agree to rounding, never to the bit, between families.
 */
import { currentBackend } from './current';

export interface Tuning {
  /** Use workgroup memory and barriers. */
  workgroupMemory: boolean;
  /** Shapes as constants of the code (a pipeline per shape, fast index arithmetic) instead of a uniform block (one pipeline for all shapes). */
  bakeShapes: boolean;
  /** Workgroups that keep the device busy: reductions over long axes are split until there are about as many. */
  wantedWorkgroups: number;
}

const forGpu: Tuning = { workgroupMemory: true, bakeShapes: true, wantedWorkgroups: 264 };
const forCpu: Tuning = { workgroupMemory: false, bakeShapes: false, wantedWorkgroups: 8 };

const state: { override: Partial<Tuning> } = { override: {} };

/** The settings for the device in use, with the overrides of `overrideTuning`. */
export function tuning(): Tuning {
  const { adapterInfo } = currentBackend().device;
  return { ...(adapterInfo.isFallbackAdapter ? forCpu : forGpu), ...state.override };
}

/** Forces settings, for tests that run every variant and for benches; `{}` gives the device's own back. Takes effect on the next operation. */
export function overrideTuning(override: Partial<Tuning>): void {
  state.override = override;
}
