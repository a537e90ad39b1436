import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { convGeometry } from '../conv2d/geometry';
import { conv2dRef } from '../conv2d/conv2d.ref';
import { conv2d } from '../conv2d/conv2d';
import { matMulRef } from '../matmul/matmul.ref';
import { matMul } from '../matmul/matmul';
import { matrixUnit } from '../device/matrixUnits';
import type { Tensor4D } from '../tensor';
import { randomArray, relativeError, toTensor } from '../testing/arrays';
import { testEngine } from '../testing/testEngine';
import { overrideTuning } from '../tuning';
import { productVariants, tileExtent, variantNamed } from './variants';

const tiled = productVariants.filter((variant) => variant.family === 'tiled');
const matrices = productVariants.filter((variant) => variant.family === 'matrix');

async function productError(
  m: number,
  k: number,
  n: number,
  transposeA: boolean,
  transposeB: boolean,
): Promise<number> {
  const [a, b] = [randomArray(m * k, 1), randomArray(k * n, 2)];
  const [x, y] = [toTensor(a, transposeA ? [k, m] : [m, k]), toTensor(b, transposeB ? [n, k] : [k, n])];
  const product = matMul(x, y, { transposeA, transposeB });
  const error = relativeError(await product.data(), matMulRef(a, b, { m, k, n }, transposeA, transposeB));
  for (const tensor of [x, y, product]) tensor.dispose();
  return error;
}

describe('product variants', () => {
  beforeEach(() => testEngine());
  afterEach(() => overrideTuning({}));

  it('have names of their own, by which stored choices find them', () => {
    for (const variant of productVariants) expect(variantNamed(variant.name)).toBe(variant);
    expect(new Set(productVariants.map(({ name }) => name)).size).toBe(productVariants.length);
    expect(variantNamed('32x4096t7')).toBeNull();
    for (const { rows, columns, threads, across } of tiled) {
      const { height, width } = tileExtent({ rows, columns, threads, across });
      expect(height * width).toBe(threads * rows * columns);
    }
  });

  for (const [i, { name }] of tiled.filter(({ half }) => !half).entries()) {
    // Each variant meets one way of reading its operands; that all four ways work is the test of matMul.
    const [transposeA, transposeB] = [i % 4 > 1, i % 2 === 1];
    it(`${name} equals the reference over several odd tiles, transposed ${transposeA} ${transposeB}`, async () => {
      overrideTuning({ variant: name, bakeShapes: false });
      expect(await productError(133, 21, 70, transposeA, transposeB)).toBeLessThanOrEqual(1e-5);
    });
  }

  for (const [i, { name }] of matrices.entries()) {
    const [transposeA, transposeB] = [i % 2 === 1, i < 2];
    it(`${name} equals the reference to float16's rounding where the device has matrix units, transposed ${transposeA} ${transposeB}`, async () => {
      const { backend } = await testEngine();
      overrideTuning({ variant: name, bakeShapes: false });
      // Odd tiles in every direction, and more than one turn of the loop over k.
      const error = await productError(133, 70, 77, transposeA, transposeB);
      expect(error).toBeLessThan(2e-3);
      // Elsewhere the name means nothing, and the product is computed exactly.
      if (matrixUnit(backend.device)) expect(error).toBeGreaterThan(1e-6);
      else expect(error).toBeLessThanOrEqual(1e-5);
    });
  }

  it('convolve on matrix units', async () => {
    overrideTuning({ variant: 'matrix 64x64s4', bakeShapes: false });
    const [x, filter] = [
      [2, 9, 7, 12],
      [3, 3, 12, 36],
    ] as const;
    const geometry = convGeometry(x, filter, 1, 'same');
    const [a, b] = [randomArray(1512, 1), randomArray(3888, 2)];
    const [p, q] = [toTensor(a, x), toTensor(b, filter)];
    const y = conv2d(p as Tensor4D, q as Tensor4D);
    expect(relativeError(await y.data(), conv2dRef(a, b, geometry))).toBeLessThan(2e-3);
    for (const tensor of [p, q, y]) tensor.dispose();
  });

  it('convolve with tiles that are not square', async () => {
    overrideTuning({ variant: '32x32t64', bakeShapes: false });
    const [x, filter] = [
      [1, 9, 7, 4],
      [3, 3, 4, 36],
    ] as const;
    const geometry = convGeometry(x, filter, 1, 'same');
    const [a, b] = [randomArray(252, 1), randomArray(1296, 2)];
    const [p, q] = [toTensor(a, x), toTensor(b, filter)];
    const y = conv2d(p as Tensor4D, q as Tensor4D);
    expect(relativeError(await y.data(), conv2dRef(a, b, geometry))).toBeLessThanOrEqual(1e-5);
    for (const tensor of [p, q, y]) tensor.dispose();
  });

  it('add up across a subgroup, both ways of reading each operand', async () => {
    const { context, backend } = await testEngine();
    overrideTuning({ variant: 'subgroup', bakeShapes: false });
    for (const [transposeA, transposeB] of [
      [false, true],
      [true, false],
      [false, false],
    ] as const) {
      const before = backend.counters.dispatches;
      expect(await productError(6, 1030, 9, transposeA, transposeB)).toBeLessThanOrEqual(1e-5);
      expect(backend.counters.dispatches - before).toBe(1);
    }
    expect(context.adapter.subgroups).toBe(backend.device.features.has('subgroups'));
  });

  it('round operands to float16 only where that was asked for and is there', async () => {
    const { context } = await testEngine();
    const m = 36;
    overrideTuning({ workgroupMemory: true, bakeShapes: false });
    expect(await productError(m, 40, m, false, false)).toBeLessThanOrEqual(1e-5);
    overrideTuning({ workgroupMemory: true, bakeShapes: false, precision: 'f16' });
    const error = await productError(m, 40, m, false, false);
    // float16 keeps 11 bits: some rounding must show, and no more than that of one operand pair.
    if (context.adapter.f16) expect(error).toBeGreaterThan(1e-5);
    else expect(error).toBeLessThanOrEqual(1e-5);
    expect(error).toBeLessThan(2e-3);
  });
});
