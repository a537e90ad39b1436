/**
 * Which subgroup matrices a device multiplies: WGSL's name for tensor cores, simdgroup matrices and the like. An
 * experimental feature: browsers offer it behind a flag, Dawn under Node where it is asked for, and TypeScript's
 * library does not know it.
 */

/** Sizes of one product A [m, k] by B [k, n] of float16 with a float32 result, by one subgroup. */
export interface MatrixUnit {
  m: number;
  n: number;
  k: number;
}

interface SubgroupMatrixConfig {
  componentType: string;
  resultComponentType: string;
  M: number;
  N: number;
  K: number;
}

export const matrixFeature = 'chromium-experimental-subgroup-matrix' as GPUFeatureName;

const units = new WeakMap<GPUDevice, MatrixUnit>();

/**
 * The kernels' blocks have sides of multiples of this, and their loop takes as many k's a turn
 * (`gemm/matrixUnitGemm.ts`): units must divide it.
 */
export const unitSide = 32;
/** Results of a unit, at most: the kernels have room for so many a subgroup. */
export const largestUnit = 256;

/**
 * Notes what the adapter says of a new device. Adapters say it, devices need not.
 * @param info of the adapter that the device came from
 */
export function noteMatrixUnits(device: GPUDevice, info: GPUAdapterInfo): void {
  const { subgroupMinSize, subgroupMaxSize } = info;
  // Work is laid out by subgroups, so their size must be known before the pipeline is made.
  if (!device.features.has(matrixFeature) || !device.features.has('shader-f16') || subgroupMinSize !== subgroupMaxSize)
    return;
  const { subgroupMatrixConfigs } = info as { subgroupMatrixConfigs?: Iterable<SubgroupMatrixConfig> };
  const usable = [...(subgroupMatrixConfigs ?? [])]
    .filter(
      ({ componentType, resultComponentType, M, N }) =>
        componentType === 'f16' && resultComponentType === 'f32' && M * N <= largestUnit && N % 4 === 0,
    )
    .filter(({ M, N, K }) => unitSide % M === 0 && unitSide % N === 0 && unitSide % K === 0)
    .toSorted((a, b) => b.M * b.N * b.K - a.M * a.N * a.K);
  const [largest] = usable;
  if (largest) units.set(device, { m: largest.M, n: largest.N, k: largest.K });
}

/** Null where the device has none that our kernels can use. */
export function matrixUnit(device: GPUDevice): MatrixUnit | null {
  return units.get(device) ?? null;
}
