/** Which variant a product uses on the device at hand. */
import { currentBackend } from '../current';
import { tuning } from '../tuning';
import { banName, productClass, productRecords, type ProductRequest } from './productRecords';
import { laneCount } from './lanes';
import { direct, lanes, productVariants, squareTile, tileExtent, variantNamed, type ProductVariant } from './variants';

/** Multiply-adds below which variants do not differ enough to be measured. */
const worthMeasuring = 2 ** 20;

/** Whether a variant can compute this product on this device at all. */
function applies(variant: ProductVariant, { op, m, n, k }: ProductRequest, device: GPUDevice): boolean {
  if (variant.family === 'direct') return true;
  if (variant.family === 'lanes') return laneCount(device) > 0;
  const { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX } = device.limits;
  const threads = variant.family === 'tiled' ? variant.threads : 64;
  if (threads > maxComputeInvocationsPerWorkgroup || threads > maxComputeWorkgroupSizeX) return false;
  if (variant.family === 'subgroup') return op === 'matMul' && device.features.has('subgroups') && m * n <= 2 ** 14 && k >= 256;
  return !variant.half || device.features.has('shader-f16');
}

/** float16 where it is asked for and there. */
function wantsHalf(device: GPUDevice): boolean {
  return tuning().precision === 'f16' && device.features.has('shader-f16');
}

/** Multiply-adds below which compiling another pipeline costs more than it saves. */
const worthLanes = 2 ** 14;

/** The rule for products that were not measured: large tiles where there are enough of them to fill the device. */
function byRule({ m, n, k, batch }: ProductRequest, half: boolean): ProductVariant {
  const { workgroupMemory, wantedWorkgroups } = tuning();
  if (!workgroupMemory && !half) return laneCount() > 0 && m > 1 && m * n * k * batch >= worthLanes ? lanes : direct;
  const columns = n > 64 ? 8 : 4;
  const tiles = Math.ceil(m / 128) * Math.ceil(n / (16 * columns)) * batch;
  return squareTile(m > 64 && tiles * 2 >= wantedWorkgroups ? 8 : 4, columns, half);
}

/** Told to the autotuner if it listens. @returns the variant to use */
export function variantFor(request: ProductRequest): ProductVariant {
  const { device } = currentBackend();
  const { variant: forced, precision } = tuning();
  const { choices, banned, listener } = productRecords(device);
  const half = wantsHalf(device);
  const usable = (variant: ProductVariant | null): variant is ProductVariant =>
    variant !== null && applies(variant, request, device) && !banned.has(banName(request.op, variant.name)) && (variant.family !== 'tiled' || variant.half === half);
  if (forced !== null) {
    const named = variantNamed(forced);
    return named && applies(named, request, device) ? named : direct;
  }
  const key = productClass(request, precision);
  if (listener && (request.measurable ?? true) && request.m * request.n * request.k * request.batch >= worthMeasuring) listener(request, key);
  const chosen = variantNamed(choices.get(key) ?? '');
  if (usable(chosen)) return chosen;
  const rule = byRule(request, half);
  return usable(rule) ? rule : (productVariants.find((variant) => variant.family === 'tiled' && tuning().workgroupMemory && usable(variant)) ?? direct);
}

/** Variants worth measuring for this product: tiles that it does not leave mostly empty. `direct` comes last. */
export function candidatesFor(request: ProductRequest): ProductVariant[] {
  const { device } = currentBackend();
  const { banned } = productRecords(device);
  const half = wantsHalf(device);
  return productVariants.filter((variant) => {
    if (!applies(variant, request, device) || banned.has(banName(request.op, variant.name))) return false;
    if (variant.family !== 'tiled') return true;
    const { height, width } = tileExtent(variant);
    const fits = (tile: number, size: number): boolean => tile <= 32 || tile < 2 * size;
    return variant.half === half && fits(height, request.m) && fits(width, request.n);
  });
}
