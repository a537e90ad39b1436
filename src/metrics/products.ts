/**
 * Inner products of two sets of features: what kernel distances and neighbour searches are made of, and nearly all of
 * their work. Two ways: float64 in JavaScript, the exact one, in slices; and a product of matrices in onnxruntime
 * (float32), an order of magnitude faster for thousands of features of thousands of numbers. Both go through blocks of
 * rows, so that memory grows with the number of features and not with its square.
 */
import { create } from '@bufbuild/protobuf';
import { modelBytes, tensorInfo } from '../formats/onnxBuild';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  NodeProtoSchema,
} from '../formats/onnx_pb';
import { runInSlices } from '../shared/cooperative';
import { multiplyRows } from '../shared/linearAlgebra';
import type { OpenModel, RuntimeModel } from './featureNetwork';

/** Products of the rows of `a` [n, d] with those of `b` [m, d], [n, m]. */
export type Products = (
  a: Float32Array,
  b: Float32Array,
  d: number,
  signal?: AbortSignal,
) => Promise<Float64Array | Float32Array>;

/** Float64. `b` is widened at each call: hand over many rows of `a` at once. */
export const exactProducts: Products = (a, b, d, signal) => {
  const n = a.length / d;
  const m = b.length / d;
  const rows = Int32Array.from({ length: n }, (_, i) => i);
  const out = new Float64Array(n * m);
  const weights = Float64Array.from(b);
  const work = function* (): Generator<number, Float64Array, void> {
    for (let from = 0; from < n; from += 8) {
      multiplyRows({ features: a, d, rows, weights, m, from, to: Math.min(n, from + 8) }, out);
      yield from / n;
    }
    return out;
  };
  return runInSlices(work(), signal ? { signal } : {});
};

/** The ONNX model A B^T. */
function productModel(): Uint8Array {
  const matrix = (name: string) => tensorInfo(name, [`${name}_p`, `${name}_q`]);
  const transposed = create(AttributeProtoSchema, { name: 'transB', type: AttributeProto_AttributeType.INT, i: 1n });
  const graph = create(GraphProtoSchema, {
    name: 'products',
    node: [
      create(NodeProtoSchema, {
        opType: 'Gemm',
        name: 'products',
        input: ['a', 'b'],
        output: ['c'],
        attribute: [transposed],
      }),
    ],
    input: [matrix('a'), matrix('b')],
    output: [matrix('c')],
  });
  return modelBytes(graph);
}

export interface RuntimeProducts {
  products: Products;
  close(): Promise<void>;
}

/** Products in onnxruntime, float32. */
export async function openRuntimeProducts(open: OpenModel): Promise<RuntimeProducts> {
  const model: RuntimeModel = await open(productModel());
  return {
    products: async (a, b, d, signal) => {
      signal?.throwIfAborted();
      const feeds = {
        a: { kind: 'float' as const, data: a, dims: [a.length / d, d] },
        b: { kind: 'float' as const, data: b, dims: [b.length / d, d] },
      };
      return (await model.run(feeds, 'c')).data;
    },
    close: () => model.close(),
  };
}

/** Rows of `a` whose products with `m` others fit in about 16 MB. */
export function rowsAtOnce(m: number): number {
  return Math.max(1, Math.min(512, Math.floor(2_000_000 / Math.max(1, m))));
}

export function squaredLengths(points: Float32Array, d: number): Float64Array {
  return Float64Array.from({ length: points.length / d }, (_, row) => {
    let sum = 0;
    for (let j = row * d; j < (row + 1) * d; j += 1) sum += (points[j] as number) ** 2;
    return sum;
  });
}

/** Features less their mean over `reference`: distances stay, and lose fewer digits in float32. */
export function centred(points: Float32Array, reference: Float32Array, d: number): Float32Array {
  const mean = new Float64Array(d);
  const n = reference.length / d;
  for (let i = 0; i < reference.length; i += 1) mean[i % d] = (mean[i % d] as number) + (reference[i] as number) / n;
  return points.map((value, i) => value - (mean[i % d] as number));
}
