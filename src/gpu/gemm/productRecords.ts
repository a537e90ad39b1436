/**
 * What is known of products on one device: which variant a class of shapes uses (measured by `autotune`, or taken over
 * from an earlier visit), and which variants were found to compute wrongly. A choice, once recorded, stands as long as
 * the device: a run never changes variants midway.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';

export type ProductOp = 'matMul' | 'conv2d.forward' | 'conv2d.gradientX' | 'conv2d.gradientFilter';

/** A product that is about to be recorded, with what it takes to run it again on other data. */
export interface ProductRequest {
  op: ProductOp;
  /** Rows, columns, inner axis, and how many side by side. */
  m: number;
  n: number;
  k: number;
  batch: number;
  /** Names what the code depends on besides sizes: transposes, alignment, stride, taps. */
  layout: string;
  /** True where operands may be rounded to float16 if that is faster. Default false. */
  half?: boolean;
  /** False where it cannot be run again on other data: it goes by rule. Default true. */
  measurable?: boolean;
  /** Shapes of the two operands and of the result. */
  shapes: readonly [readonly number[], readonly number[], readonly number[]];
  run: (a: TensorInfo, b: TensorInfo) => TensorInfo;
  /** Terms of the sum behind result `index`, as element indices of the operands: for checks in float64. */
  terms: (index: number, add: (a: number, b: number) => void) => void;
}

export interface ProductRecords {
  /** Variant names by class. */
  readonly choices: Map<string, string>;
  /** Variants that must not run, as "op variant". */
  readonly banned: Set<string>;
  /** Told of every product that is recorded while set. */
  listener: ((request: ProductRequest, key: string) => void) | null;
}

const records = new WeakMap<GPUDevice, ProductRecords>();

export function productRecords(device: GPUDevice): ProductRecords {
  let found = records.get(device);
  if (!found) {
    found = { choices: new Map(), banned: new Set(), listener: null };
    records.set(device, found);
  }
  return found;
}

const bucket = (size: number): number => Math.round(Math.log2(size));

/** Shapes whose sizes round to the same powers of two share a choice. @param operands how they may be kept */
export function productClass({ op, m, n, k, batch, layout }: ProductRequest, operands: string): string {
  return `${op} ${layout} ${bucket(m)}.${bucket(n)}.${bucket(k)}.${bucket(batch)} ${operands}`;
}

export const banName = (op: ProductOp, variant: string): string => `${op} ${variant}`;
