/** Which variant a product uses on the device at hand. */
import { currentBackend } from '../current';
import { tuning } from '../tuning';
import { matrixUnit } from '../device/matrixUnits';
import { banName, productClass, productRecords, type ProductRequest } from './productRecords';
import { laneCount } from './lanes';
import { matrixBytes, matrixThreads } from './matrixUnitGemm';
import { isShared, sharedExtent } from './shared';
import {
  direct,
  lanes,
  productVariants,
  roundsOperands,
  squareTile,
  variantNamed,
  type ProductVariant,
} from './variants';

/** Multiply-adds below which variants do not differ enough to be measured. */
const worthMeasuring = 2 ** 20;

/** Whether a variant can compute this product on this device at all. */
function applies(variant: ProductVariant, { op, m, n, k }: ProductRequest, device: GPUDevice): boolean {
  if (variant.family === 'direct') return true;
  if (variant.family === 'lanes') return laneCount(device) > 0;
  if (
    threadsOf(variant, device) >
    Math.min(device.limits.maxComputeInvocationsPerWorkgroup, device.limits.maxComputeWorkgroupSizeX)
  )
    return false;
  switch (variant.family) {
    case 'subgroup':
      return op === 'matMul' && device.features.has('subgroups') && m * n <= 2 ** 14 && k >= 256;
    case 'matrix':
      return matrixUnit(device) !== null && matrixBytes(variant) <= device.limits.maxComputeWorkgroupStorageSize;
    case 'tiled':
      return !variant.half || device.features.has('shader-f16');
  }
}

function threadsOf(variant: Exclude<ProductVariant, { family: 'direct' | 'lanes' }>, device: GPUDevice): number {
  switch (variant.family) {
    case 'tiled':
      return variant.threads;
    case 'matrix':
      return matrixThreads(variant, device.adapterInfo.subgroupMinSize);
    case 'subgroup':
      return 64;
  }
}

/**
 * How operands may be kept: 'f32' exactly; 'f16' rounded, by the setting that asks for it everywhere; 'either' where
 * the product tolerates it, and then only if that was measured to be faster.
 */
type Operands = 'f32' | 'f16' | 'either';

function operandsOf({ half = false }: ProductRequest, device: GPUDevice): Operands {
  if (!device.features.has('shader-f16')) return 'f32';
  const { precision, roundWhereTolerated } = tuning();
  if (precision === 'f16') return 'f16';
  return half && roundWhereTolerated ? 'either' : 'f32';
}

/**
 * Whether a variant keeps operands as they may be kept. Those without a tile of float16 keep them exactly, which is
 * always right.
 */
function keeps(variant: ProductVariant, operands: Operands): boolean {
  if (operands === 'either') return true;
  return roundsOperands(variant) ? operands === 'f16' : variant.family !== 'tiled' || operands === 'f32';
}

/** Multiply-adds below which compiling another pipeline costs more than it saves. */
const worthLanes = 2 ** 14;

/** The rule for products that were not measured: large tiles where there are enough of them to fill the device. */
function byRule({ m, n, k, batch }: ProductRequest, operands: Operands): ProductVariant {
  const half = operands === 'f16';
  const { workgroupMemory, wantedWorkgroups } = tuning();
  if (!workgroupMemory && !half) return laneCount() > 0 && m > 1 && m * n * k * batch >= worthLanes ? lanes : direct;
  const columns = n > 64 ? 8 : 4;
  const tiles = Math.ceil(m / 128) * Math.ceil(n / (16 * columns)) * batch;
  return squareTile(m > 64 && tiles * 2 >= wantedWorkgroups ? 8 : 4, columns, half);
}

/** Told to the autotuner if it listens. @returns the variant to use */
export function variantFor(request: ProductRequest): ProductVariant {
  const { device } = currentBackend();
  const { variant: forced } = tuning();
  const { choices, banned, listener } = productRecords(device);
  const operands = operandsOf(request, device);
  const usable = (variant: ProductVariant | null): variant is ProductVariant =>
    variant !== null &&
    applies(variant, request, device) &&
    !banned.has(banName(request.op, variant.name)) &&
    keeps(variant, operands);
  if (forced !== null) {
    const named = variantNamed(forced);
    return named && applies(named, request, device) ? named : direct;
  }
  const key = productClass(request, operands);
  if (listener && (request.measurable ?? true) && request.m * request.n * request.k * request.batch >= worthMeasuring)
    listener(request, key);
  const chosen = variantNamed(choices.get(key) ?? '');
  if (usable(chosen)) return chosen;
  const rule = byRule(request, operands);
  const exact = operands === 'either' ? 'f32' : operands;
  return usable(rule)
    ? rule
    : (productVariants.find(
        (variant) => variant.family === 'tiled' && tuning().workgroupMemory && usable(variant) && keeps(variant, exact),
      ) ?? direct);
}

/** Variants worth measuring for this product: tiles that it does not leave mostly empty. `direct` comes last. */
export function candidatesFor(request: ProductRequest): ProductVariant[] {
  const { device } = currentBackend();
  const { banned } = productRecords(device);
  const operands = operandsOf(request, device);
  return productVariants.filter((variant) => {
    if (
      !applies(variant, request, device) ||
      banned.has(banName(request.op, variant.name)) ||
      !keeps(variant, operands)
    )
      return false;
    if (!isShared(variant)) return true;
    const { height, width } = sharedExtent(variant);
    const fits = (tile: number, size: number): boolean => tile <= 32 || tile < 2 * size;
    return fits(height, request.m) && fits(width, request.n);
  });
}
