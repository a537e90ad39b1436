/** Dispatches of a convolution's three products: which variant, how large, split or not. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { variantFor } from '../gemm/chooseVariant';
import { directExtent, threadTile, type ThreadTile } from '../gemm/direct';
import { noEpilogue } from '../gemm/epilogue';
import { laneCount, lanesExtent, type Lanes } from '../gemm/lanes';
import type { ProductOp, ProductRequest } from '../gemm/productRecords';
import { splitFor } from '../gemm/split';
import { splitSum } from '../gemm/splitSum';
import { isShared, sharedExtent, sharedGemm, type SharedVariant } from '../gemm/shared';
import { enablesOf, type ProductVariant } from '../gemm/variants';
import { runProgram, type ProgramSpec } from '../kernel/program';
import { directForward, directGradientFilter, directGradientX, directThreads, type DirectKernel } from './direct';
import {
  filterShape,
  forwardProduct,
  geometryInts,
  gradientFilterProduct,
  gradientXProduct,
  inputShape,
  outputShape,
  type ConvGeometry,
  type Product,
} from './geometry';
import { lanesForward, lanesGradientFilter, lanesGradientX, type LanesKernel } from './lanes';
import { forwardTerms, gradientFilterTerms, gradientXTerms } from './terms';
import { forwardLoads, gradientFilterLoads, gradientXLoads, phaseEnd, type Loads } from './tiledLoads';

interface Call {
  label: ProductOp;
  geometry: ConvGeometry;
  product: Product;
  x: TensorInfo;
  w: TensorInfo;
  shape: number[];
}

function requestFor(
  { label, geometry, product, x, w, shape }: Call,
  run: ProductRequest['run'],
  terms: ProductRequest['terms'],
): ProductRequest {
  const { kernelHeight, kernelWidth, inputs, outputs, stride } = geometry;
  const aligned = [inputs, outputs].map((size) => (size % 4 === 0 ? 'v' : 's')).join('');
  const { m, n, k, phases } = product;
  return {
    op: label,
    m,
    n,
    k,
    batch: phases,
    layout: `${kernelHeight}x${kernelWidth}s${stride}${aligned}`,
    shapes: [x.shape, w.shape, shape],
    run,
    terms,
  };
}

function runShared(
  { label, geometry, product, x, w, shape }: Call,
  loads: Loads,
  variant: SharedVariant,
): TensorInfo[] {
  const { m, n, k, phases } = product;
  const { height, width } = sharedExtent(variant);
  const groups = [Math.ceil(n / width), Math.ceil(m / height)] as const;
  const { parts, chunk } = splitFor(groups[0] * groups[1] * phases, k, m * n * k * phases);
  const split = parts > 1;
  const end = phases === 1 ? 'dims.K' : phaseEnd;
  const slice = `i32(group.z) / ${phases === 1 ? '1' : '(dims.stride * dims.stride)'}`;
  const made = runProgram({
    label,
    variant: `${variant.name}_${loads.variant}${phases > 1 ? '_p' : ''}${split ? '_s' : ''}`,
    ints: { M: m, N: n, K: k, B: geometry.batch, chunk, ...geometryInts(geometry) },
    outputs: { y: { shape: split ? [parts, ...shape] : shape, element: loads.elementOut } },
    inputs: { x: { tensor: x, element: loads.elementA }, w: { tensor: w, element: loads.elementB } },
    operations: m * n * k * phases,
    enables: enablesOf(variant),
    body: () =>
      sharedGemm({
        ...loads,
        variant,
        first: split ? `${slice} * dims.chunk` : '0',
        end: split ? `min(${end}, (${slice} + 1) * dims.chunk)` : end,
      }),
    workgroups: [...groups, phases * parts],
  });
  const [first] = made;
  return split && first ? splitSum(first, parts, shape, noEpilogue) : made;
}

/** The addresses of many rows take registers: the products with patches do best with fewer rows than a plain one. */
function tileFor({ m, n, k, phases }: Product, rows: 4 | 8, columns: 4 | 8): ThreadTile {
  return threadTile(m, n, m * n * k * phases, rows, columns);
}

interface Untiled {
  kernel: Pick<DirectKernel, 'elementX' | 'elementW' | 'elementOut'>;
  variant: string;
  extent: { height: number; width: number };
  enables: ProgramSpec['enables'];
  body: () => string;
}

/** @param lines lines of output pixels, where the product runs over them in parts */
function runUntiled(
  { label, geometry, product, x, w, shape }: Call,
  { kernel, variant, extent, enables = [], body }: Untiled,
  lines?: number,
): TensorInfo[] {
  const { m, n, k, phases } = product;
  const { height, width } = extent;
  const groups = [Math.ceil(n / width), Math.ceil(m / height)] as const;
  const wanted = lines === undefined ? 1 : splitFor(groups[0] * groups[1], k, m * n * k).parts;
  const chunk = Math.ceil((lines ?? 1) / wanted);
  const parts = Math.ceil((lines ?? 1) / chunk);
  const made = runProgram({
    label,
    variant,
    ints: { M: m, N: n, B: geometry.batch, chunk, lines: lines ?? 0, ...geometryInts(geometry) },
    outputs: { y: { shape: parts > 1 ? [parts, ...shape] : shape, element: kernel.elementOut } },
    inputs: { x: { tensor: x, element: kernel.elementX }, w: { tensor: w, element: kernel.elementW } },
    operations: m * n * k * phases,
    enables,
    body,
    workgroups: [...groups, phases * parts],
  });
  const [first] = made;
  return parts > 1 && first ? splitSum(first, parts, shape, noEpilogue) : made;
}

function runDirect(call: Call, kernel: DirectKernel, tile: ThreadTile, lines?: number): TensorInfo[] {
  const variant = `d${tile.rows}x${tile.columns}x${tile.across}_${kernel.variant}`;
  return runUntiled(
    call,
    { kernel, variant, extent: directExtent(tile, directThreads), enables: [], body: () => kernel.code(tile) },
    lines,
  );
}

function runLanes(call: Call, kernel: LanesKernel, lines?: number): TensorInfo[] {
  const count = laneCount() as Lanes;
  return runUntiled(
    call,
    {
      kernel,
      variant: `l${count}_${kernel.variant}`,
      extent: lanesExtent(count),
      enables: ['subgroups'],
      body: () => kernel.code(count),
    },
    lines,
  );
}

type Families = { shared: () => Loads; lanes: () => TensorInfo[]; direct: () => TensorInfo[] };

function runProduct(call: Call, variant: ProductVariant, { shared, lanes, direct }: Families): TensorInfo[] {
  if (variant.family === 'lanes') return lanes();
  return isShared(variant) ? runShared(call, shared(), variant) : direct();
}

/** @returns y from x and the filter */
export function convForward(x: TensorInfo, filter: TensorInfo, geometry: ConvGeometry): TensorInfo[] {
  const call: Call = {
    label: 'conv2d.forward',
    geometry,
    product: forwardProduct(geometry),
    x,
    w: filter,
    shape: outputShape(geometry),
  };
  const { inputs, outputs } = geometry;
  const request = requestFor(call, (a, b) => convForward(a, b, geometry)[0] as TensorInfo, forwardTerms(geometry));
  return runProduct(call, variantFor(request), {
    shared: () => forwardLoads(inputs, outputs),
    lanes: () => runLanes(call, lanesForward(inputs, outputs)),
    direct: () => runDirect(call, directForward(inputs, outputs), tileFor(call.product, 4, 4)),
  });
}

/** @returns dx from dy and the filter */
export function convGradientX(dy: TensorInfo, filter: TensorInfo, geometry: ConvGeometry): TensorInfo[] {
  const call: Call = {
    label: 'conv2d.gradientX',
    geometry,
    product: gradientXProduct(geometry),
    x: dy,
    w: filter,
    shape: inputShape(geometry),
  };
  const { inputs, outputs, stride } = geometry;
  const request = requestFor(call, (a, b) => convGradientX(a, b, geometry)[0] as TensorInfo, gradientXTerms(geometry));
  return runProduct(call, variantFor(request), {
    shared: () => gradientXLoads(inputs, outputs),
    lanes: () => runLanes(call, lanesGradientX(inputs, outputs)),
    direct: () => runDirect(call, directGradientX(inputs, outputs, stride), tileFor(call.product, 4, 8)),
  });
}

/** @returns the filter's gradient from x and dy */
export function convGradientFilter(x: TensorInfo, dy: TensorInfo, geometry: ConvGeometry): TensorInfo[] {
  const call: Call = {
    label: 'conv2d.gradientFilter',
    geometry,
    product: gradientFilterProduct(geometry),
    x,
    w: dy,
    shape: filterShape(geometry),
  };
  const { inputs, outputs, batch, outHeight } = geometry;
  const request = requestFor(
    call,
    (a, b) => convGradientFilter(a, b, geometry)[0] as TensorInfo,
    gradientFilterTerms(geometry),
  );
  return runProduct(call, variantFor(request), {
    shared: () => gradientFilterLoads(inputs, outputs),
    lanes: () => runLanes(call, lanesGradientFilter(outputs), batch * outHeight),
    // A thread's rows must be channels of one tap.
    direct: () =>
      runDirect(
        call,
        directGradientFilter(inputs, outputs),
        tileFor(call.product, inputs % 8 === 0 ? 8 : 4, 8),
        batch * outHeight,
      ),
  });
}
