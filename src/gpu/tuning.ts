/**
 * Which variant of a kernel runs on which device. Two families exist of everything that shares data between threads:
 * with workgroup memory and barriers for GPUs, without them for Vulkan on a CPU, where a barrier costs more than the
 * loads it saves and where compiling a pipeline costs more than running it. Results agree to rounding, never to the
 * bit, between families.
 */
import { currentBackend } from './current';

/** How operands are kept inside products; sums are float32 always. */
export type Precision = 'f32' | 'f16';

export interface Tuning {
  /** Use workgroup memory and barriers. */
  workgroupMemory: boolean;
  /**
   * Shapes as constants of the code (a pipeline per shape, fast index arithmetic) instead of a uniform block (one
   * pipeline for all shapes).
   */
  bakeShapes: boolean;
  /** Workgroups that keep the device busy: reductions over long axes are split until there are about as many. */
  wantedWorkgroups: number;
  /**
   * 'f16' rounds the operands of all products to float16 on adapters that have it, and changes nothing on others. For
   * benches.
   */
  precision: Precision;
  /**
   * Products that tolerate it (a frozen network's forward pass) may round operands to float16 where that was measured
   * to be faster.
   */
  roundWhereTolerated: boolean;
  /** The one variant that products are to use (a name of `gemm/variants.ts`), or null for each product's own choice. */
  variant: string | null;
  /**
   * Expected milliseconds above which one dispatch is cut into several: far below the two seconds after which operating
   * systems reset a GPU.
   */
  dispatchMilliseconds: number;
}

const common = { precision: 'f32', roundWhereTolerated: true, variant: null, dispatchMilliseconds: 500 } as const;
const forGpu: Tuning = { ...common, workgroupMemory: true, bakeShapes: true, wantedWorkgroups: 264 };
const forCpu: Tuning = { ...common, workgroupMemory: false, bakeShapes: false, wantedWorkgroups: 8 };

const state: { override: Partial<Tuning> } = { override: {} };
/** Devices whose kernels with workgroup memory were found to compute wrongly. */
const withoutWorkgroupMemory = new WeakSet<GPUDevice>();

/** The settings for the device in use, with the overrides of `overrideTuning`. */
export function tuning(): Tuning {
  const { device } = currentBackend();
  const own = device.adapterInfo.isFallbackAdapter ? forCpu : forGpu;
  return {
    ...own,
    ...state.override,
    ...(withoutWorkgroupMemory.has(device) ? { workgroupMemory: false } : {}),
    ...(exactOnly.has(device) ? { roundWhereTolerated: false } : {}),
  };
}

/** Devices on which rounding was found to cost too much. */
const exactOnly = new WeakSet<GPUDevice>();

/** From now on no product of this device rounds its operands because it tolerates that. */
export function keepOperandsExact(device: GPUDevice): void {
  exactOnly.add(device);
}

/** From now on this device runs no kernel with workgroup memory. */
export function avoidWorkgroupMemory(device: GPUDevice): void {
  withoutWorkgroupMemory.add(device);
}

/** The overrides in force, to be put back after a temporary one. */
export function tuningOverride(): Partial<Tuning> {
  return state.override;
}

/** Calls `action` with some settings forced beyond those that are. */
export async function withTuning<T>(override: Partial<Tuning>, action: () => Promise<T>): Promise<T> {
  const before = state.override;
  state.override = { ...before, ...override };
  try {
    return await action();
  } finally {
    state.override = before;
  }
}

/**
 * Forces settings, for tests that run every variant and for benches; `{}` gives the device's own back. Takes effect on
 * the next operation.
 */
export function overrideTuning(override: Partial<Tuning>): void {
  state.override = override;
}
