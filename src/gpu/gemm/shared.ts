/**
 * What the variants with tiles in workgroup memory have in common: they take the same loads and stores, so whoever runs
 * one can run the other.
 */
import { matrixDepth, matrixGemmHere } from './matrixUnitGemm';
import { tiledDepth, tiledGemm, type TiledGemm } from './tiled';
import { tileExtent, type MatrixVariant, type ProductVariant, type TiledVariant } from './variants';

export type SharedVariant = TiledVariant | MatrixVariant;

export function isShared(variant: ProductVariant): variant is SharedVariant {
  return variant.family === 'tiled' || variant.family === 'matrix';
}

/** Rows and columns of a workgroup's tile. */
export function sharedExtent(variant: SharedVariant): { height: number; width: number } {
  return variant.family === 'tiled' ? tileExtent(variant) : variant;
}

/** k's of a turn of the loop; null for variants without a shared tile. */
export function sharedDepth({ family }: ProductVariant): number | null {
  return family === 'tiled' ? tiledDepth : family === 'matrix' ? matrixDepth : null;
}

/** The module's functions and entry point, for the device in use. */
export function sharedGemm({ variant, ...gemm }: Omit<TiledGemm, 'variant'> & { variant: SharedVariant }): string {
  return variant.family === 'tiled' ? tiledGemm({ variant, ...gemm }) : matrixGemmHere({ variant, ...gemm });
}
