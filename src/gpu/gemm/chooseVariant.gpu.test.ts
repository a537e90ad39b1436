import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dense } from '../dense/dense';
import { matrixUnit } from '../device/matrixUnits';
import { grads, type Tensor2D, type Tensor } from '../tensor';
import { randomArray, relativeError, toTensor } from '../testing/arrays';
import { testEngine } from '../testing/testEngine';
import { overrideTuning } from '../tuning';
import { candidatesFor, variantFor } from './chooseVariant';
import { matMulRef } from '../matmul/matmul.ref';
import { productRecords, type ProductRequest } from './productRecords';
import { roundsOperands } from './variants';

const size = 128;

function requestOf(half: boolean): ProductRequest {
  const shape = [size, size] as const;
  return {
    op: 'matMul',
    m: size,
    n: size,
    k: size,
    batch: 1,
    layout: 'nnvvv',
    half,
    shapes: [shape, shape, shape],
    run: (a) => a,
    terms: () => undefined,
  };
}

describe('choice of a product’s variant', () => {
  beforeEach(async () => {
    await testEngine();
    overrideTuning({ workgroupMemory: true, bakeShapes: false });
  });
  afterEach(async () => {
    overrideTuning({});
    productRecords((await testEngine()).backend.device).choices.clear();
  });

  it('measures variants that round only for products that tolerate it, on devices that have float16', async () => {
    const { device } = (await testEngine()).backend;
    const rounding = (half: boolean) => candidatesFor(requestOf(half)).filter(roundsOperands);
    expect(rounding(false)).toEqual([]);
    const found = rounding(true).map(({ family }) => family);
    expect(found.includes('tiled')).toBe(device.features.has('shader-f16'));
    expect(found.includes('matrix')).toBe(matrixUnit(device) !== null);
    // They compete with the exact ones.
    expect(candidatesFor(requestOf(true)).filter((variant) => !roundsOperands(variant))).toEqual(
      candidatesFor(requestOf(false)),
    );
  });

  it('never rounds by rule, nor where rounding was found to cost too much', async () => {
    const { device } = (await testEngine()).backend;
    expect(roundsOperands(variantFor(requestOf(true)))).toBe(false);
    let key = '';
    const records = productRecords(device);
    records.listener = (_, name) => (key = name);
    variantFor(requestOf(true));
    records.listener = null;
    records.choices.set(key, 'f16 64x64t256');
    expect(roundsOperands(variantFor(requestOf(true)))).toBe(device.features.has('shader-f16'));
    expect(roundsOperands(variantFor(requestOf(false)))).toBe(false);
    overrideTuning({ workgroupMemory: true, bakeShapes: false, roundWhereTolerated: false });
    expect(roundsOperands(variantFor(requestOf(true)))).toBe(false);
    expect(candidatesFor(requestOf(true)).some(roundsOperands)).toBe(false);
  });

  it('rounds a tolerant layer forward and leaves its gradients exact', async () => {
    const { device } = (await testEngine()).backend;
    const [a, b, c] = [randomArray(size * size, 1), randomArray(size * size, 2), randomArray(size * size, 3)];
    const [x, w, dy] = [
      toTensor(a, [size, size]) as Tensor2D,
      toTensor(b, [size, size]) as Tensor2D,
      toTensor(c, [size, size]),
    ];
    const records = productRecords(device);
    const layer = (p: Tensor, q: Tensor): Tensor => dense(p as Tensor2D, q as Tensor2D, null, 'linear', { half: true });
    const plain = layer(x, w);
    records.listener = (_, key) => records.choices.set(key, 'f16 64x64t256');
    const listening = layer(x, w);
    records.listener = null;
    const rounded = layer(x, w);
    const [dx] = grads(layer)([x, w], dy) as [Tensor, Tensor];
    const shape = { m: size, k: size, n: size };
    const exact = matMulRef(a, b, shape);
    expect(relativeError(await plain.data(), exact)).toBeLessThanOrEqual(1e-5);
    const error = relativeError(await rounded.data(), exact);
    if (device.features.has('shader-f16')) expect(error).toBeGreaterThan(1e-5);
    expect(error).toBeLessThan(2e-3);
    expect(relativeError(await dx.data(), matMulRef(c, b, shape, false, true))).toBeLessThanOrEqual(1e-5);
    for (const tensor of [x, w, dy, plain, listening, rounded, dx]) tensor.dispose();
  });
});
