/**
 * Products with a fixed matrix that is stored as float16: half the memory and half the traffic of float32, for the
 * weights of frozen networks. Sums and the other operand stay float32, and the gradient by the other operand is a
 * product with the same stored matrix, so it is differentiable to any order. Works on every adapter: the halves are
 * unpacked by a core function of WGSL, `shader-f16` is not needed.
 */
import { engine as tfEngine, keep } from '@tensorflow/tfjs-core';
import { linearGrid } from '../kernel/dispatch';
import { runMatMul } from '../gemm/matMulKernel';
import { defineOp } from '../kernel/op';
import { runProgram } from '../kernel/program';
import type { Tensor, Tensor2D, TensorInfo } from '../tensor';

/** A matrix of float16 on the GPU. Dispose of it like of a tensor. */
export interface HalfMatrix {
  readonly shape: readonly [rows: number, columns: number];
  /** int32 [rows * columns / 2]: two values a word, the first in the low bits. */
  readonly words: Tensor;
  dispose(): void;
}

function packed(x: TensorInfo): TensorInfo[] {
  const words = x.shape.reduce((a, b) => a * b, 1) / 2;
  const grid = linearGrid(words);
  return runProgram({
    label: 'halfMatrix.pack',
    ints: { words },
    outputs: { y: { shape: [words], dtype: 'int32', element: 'u32' } },
    inputs: { x: { tensor: x } },
    body: () => /* wgsl */ `
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  let i = i32(index);
  if (i >= dims.words) { return; }
  // Beyond the range of float16 packing is undefined.
  y[i] = pack2x16float(clamp(vec2(x[2 * i], x[2 * i + 1]), vec2<f32>(-65504.0), vec2<f32>(65504.0)));
}`,
    workgroups: grid.workgroups,
  });
}

/**
 * Rounds a matrix to float16 and keeps it on the GPU.
 * @param x [R, C], C a multiple of 4; values beyond +-65504 become that
 * @throws RangeError if C is no multiple of 4
 */
export function toHalfMatrix(x: Tensor2D): HalfMatrix {
  const [rows, columns] = x.shape;
  if (columns % 4 !== 0) throw new RangeError(`a float16 matrix needs rows of a multiple of 4, not ${columns}`);
  const [info] = packed(x);
  const words = keep(tfEngine().makeTensorFromTensorInfo(info as TensorInfo));
  return { shape: [rows, columns], words, dispose: () => words.dispose() };
}

interface Attrs {
  shape: readonly [number, number];
  transposeB: boolean;
}

const halfMatMulOp = defineOp<'a' | 'words', Attrs>({
  name: 'StudioHalfMatMul',
  forward: ({ a, words }, { shape, transposeB }) =>
    runMatMul({
      a,
      b: { dataId: words.dataId, shape: [...shape], dtype: 'int32' },
      transposeA: false,
      transposeB,
      halfB: true,
    }),
  saveInputs: ['words'],
  backward: (dy, [words], { shape, transposeB }) =>
    words ? { a: (): Tensor => halfMatMulOp({ a: dy, words }, { shape, transposeB: !transposeB }) } : {},
});

/**
 * `a b`, or `a b^T`, with b stored as float16 and taken as a constant.
 * @param a [M, K], float32
 * @param b [K, N], or [N, K] with `transposeB`
 * @returns [M, N], float32
 * @throws RangeError if the shapes do not fit
 */
export function halfMatMul(
  a: Tensor2D,
  b: HalfMatrix,
  { transposeB = false }: { transposeB?: boolean } = {},
): Tensor2D {
  return halfMatMulOp({ a, words: b.words }, { shape: b.shape, transposeB }) as Tensor2D;
}
