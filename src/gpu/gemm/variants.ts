/**
 * The ways a product can be computed: one list for matrix products and for the three products of a convolution. A
 * variant changes how the work is laid out on the GPU, never what is computed: results of two variants agree to
 * rounding, not to the bit (`half` variants to the rounding of float16).
 *
 * - `tiled`: tiles of both operands pass through workgroup memory (`tiled.ts`). The name says the tile and the threads,
 *   e.g. 128x64t256.
 * - `direct`: each thread reads what it needs from memory (`direct.ts`), no barriers; the one that everything falls
 *   back to.
 * - `lanes`: for Vulkan on a CPU, where a subgroup is a vector register: rows of A are loaded once a subgroup and
 *   broadcast (`lanes.ts`).
 * - `subgroup`: a workgroup shares one small tile of results, its threads lie along the inner axis and add up across
 *   subgroups; for few results and long sums.
 * - `matrix`: tiles pass through workgroup memory as float16 and are multiplied by the hardware's matrix units
 *   (`matrixUnitGemm.ts`).
 */
import type { WgslExtension } from '../kernel/programSource';

export interface TiledVariant {
  family: 'tiled';
  name: string;
  threads: 64 | 128 | 256;
  /** Threads of the workgroup side by side along n. */
  across: 8 | 16;
  /** Results a thread. */
  rows: 4 | 8;
  columns: 4 | 8;
  /** Operands are rounded to float16 in workgroup memory; sums stay float32. */
  half: boolean;
}

export interface DirectVariant {
  family: 'direct';
  name: 'direct';
}

export interface SubgroupVariant {
  family: 'subgroup';
  name: 'subgroup';
}

export interface LanesVariant {
  family: 'lanes';
  name: 'lanes';
}

export interface MatrixVariant {
  family: 'matrix';
  name: string;
  /** Rows and columns of a workgroup's tile. */
  height: number;
  width: number;
  /** Subgroups side by side along n and along m; each has a block of the tile, whose sides are multiples of 32. */
  across: number;
  down: number;
}

export type ProductVariant = TiledVariant | DirectVariant | SubgroupVariant | LanesVariant | MatrixVariant;

type Layout = Pick<TiledVariant, 'threads' | 'across' | 'rows' | 'columns'>;

const layouts: readonly Layout[] = [
  { threads: 64, across: 8, rows: 4, columns: 4 }, // 32 x 32
  { threads: 256, across: 16, rows: 4, columns: 4 }, // 64 x 64
  { threads: 64, across: 8, rows: 8, columns: 8 },
  { threads: 256, across: 16, rows: 8, columns: 4 }, // 128 x 64
  { threads: 128, across: 8, rows: 8, columns: 8 },
  { threads: 256, across: 16, rows: 4, columns: 8 }, // 64 x 128
  { threads: 256, across: 16, rows: 8, columns: 8 }, // 128 x 128
];

/** Rows and columns of a workgroup's tile. */
export function tileExtent({ threads, across, rows, columns }: Layout): { height: number; width: number } {
  return { height: (threads / across) * rows, width: across * columns };
}

function tiledVariant(layout: Layout, half: boolean): TiledVariant {
  const { height, width } = tileExtent(layout);
  return { family: 'tiled', name: `${half ? 'f16 ' : ''}${height}x${width}t${layout.threads}`, ...layout, half };
}

export const direct: DirectVariant = { family: 'direct', name: 'direct' };
export const subgroup: SubgroupVariant = { family: 'subgroup', name: 'subgroup' };
export const lanes: LanesVariant = { family: 'lanes', name: 'lanes' };

function matrixVariant(height: number, width: number, down: number, across: number): MatrixVariant {
  return { family: 'matrix', name: `matrix ${height}x${width}s${down * across}`, height, width, across, down };
}

const matrices = [matrixVariant(64, 64, 2, 2), matrixVariant(128, 64, 2, 2), matrixVariant(128, 128, 2, 4)];
const full = layouts.map((layout) => tiledVariant(layout, false));
const half = layouts.map((layout) => tiledVariant(layout, true));

/** Every variant there is, whatever the device. */
export const productVariants: readonly ProductVariant[] = [...full, ...half, ...matrices, subgroup, lanes, direct];

const byName = new Map(productVariants.map((variant) => [variant.name, variant]));

/** Null where a name is unknown, as one that a later version of the program stored may be. */
export function variantNamed(name: string): ProductVariant | null {
  return byName.get(name) ?? null;
}

/** The tile of 256 threads with so many rows and columns a thread. */
export function squareTile(rows: 4 | 8, columns: 4 | 8, inHalf: boolean): TiledVariant {
  const found = (inHalf ? half : full).find(
    (variant) => variant.threads === 256 && variant.rows === rows && variant.columns === columns,
  );
  if (!found) throw new Error('unreachable');
  return found;
}

/** Whether operands are rounded to float16. */
export function roundsOperands(variant: ProductVariant): boolean {
  return variant.family === 'matrix' || (variant.family === 'tiled' && variant.half);
}

/** WGSL extensions that a variant's code needs. */
export function enablesOf(variant: ProductVariant): readonly WgslExtension[] {
  switch (variant.family) {
    case 'subgroup':
    case 'lanes':
      return ['subgroups'];
    case 'matrix':
      return ['f16', 'subgroups', 'chromium_experimental_subgroup_matrix'];
    case 'tiled':
      return variant.half ? ['f16'] : [];
    case 'direct':
      return [];
  }
}
