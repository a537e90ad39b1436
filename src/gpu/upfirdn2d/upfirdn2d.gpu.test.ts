import { expect, it } from 'vitest';
import { randomArray, sizeOf, toTensor } from '../testing/arrays';
import { checkOp } from '../testing/checkOp';
import { describeFamilies } from '../testing/variants';
import { testEngine } from '../testing/testEngine';
import { grad, square, tidy, type Tensor, type Tensor4D } from '../tensor';
import { binomial4, downsampleFir, upfirdn2d, upsampleFir } from './upfirdn2d';
import { firOutput, upfirdn2dRef, type FirRef } from './upfirdn2d.ref';

type Shape = [number, number, number, number];

const skew = [
  [0.1, -0.4, 0.7],
  [0.9, 0.2, -0.3],
];
const cases: [string, Shape, FirRef][] = [
  ['filter', [2, 5, 4, 3], { rows: skew, up: [1, 1], down: [1, 1], padding: [1, 0, 1, 1], flip: false }],
  ['correlate', [1, 5, 4, 4], { rows: skew, up: [1, 1], down: [1, 1], padding: [0, 1, 2, 0], flip: true }],
  ['enlarge', [1, 3, 4, 2], { rows: skew, up: [2, 3], down: [1, 1], padding: [2, 1, 1, 2], flip: false }],
  ['reduce', [2, 7, 6, 4], { rows: skew, up: [1, 1], down: [2, 3], padding: [1, 1, 0, 2], flip: false }],
  ['both, cutting off', [1, 6, 5, 1], { rows: skew, up: [3, 2], down: [2, 1], padding: [-2, 1, -1, -3], flip: true }],
];

describeFamilies('upfirdn2d', () => {
  for (const [name, shape, fir] of cases) {
    it(`equals its reference to second order: ${name}`, async () => {
      await checkOp({
        inputs: [{ shape }],
        op: (x) => square(upfirdn2d(x as Tensor4D, fir.rows, fir)),
        reference: (x) => upfirdn2dRef(x, shape, fir).map((value) => value ** 2),
        outputShape: firOutput(shape, fir),
      });
    });
  }

  it('runs long filters down and then across, with the same result', async () => {
    const line = Array.from(randomArray(9, 4));
    const shape: Shape = [1, 6, 5, 2];
    const fir: FirRef = {
      rows: line.map((a) => line.map((b) => 0.5 * a * b)),
      up: [2, 2],
      down: [1, 1],
      padding: [4, 4, 5, 3],
      flip: false,
    };
    await checkOp({
      inputs: [{ shape }],
      op: (x) => upfirdn2d(x as Tensor4D, line, { up: 2, padding: [4, 4, 5, 3], gain: 0.5 }),
      reference: (x) => upfirdn2dRef(x, shape, fir),
      outputShape: firOutput(shape, fir),
      order: 1,
    });
  });

  it('keeps a flat picture flat when it enlarges or reduces', async () => {
    const flat = toTensor(new Float64Array(2 * 8 * 6 * 3).fill(0.75), [2, 8, 6, 3]) as Tensor4D;
    const [large, small] = [upsampleFir(flat, binomial4), downsampleFir(flat, binomial4)];
    expect([large.shape, small.shape]).toEqual([
      [2, 16, 12, 3],
      [2, 4, 3, 3],
    ]);
    // Away from the border, where zeros come in.
    const inner = (await small.data())[(1 * 3 + 1) * 3] ?? NaN;
    expect(inner).toBeCloseTo(0.75, 6);
    expect((await large.data())[(7 * 12 + 5) * 3]).toBeCloseTo(0.75, 6);
    for (const tensor of [flat, large, small]) tensor.dispose();
  });

  it('takes one dispatch each way', async () => {
    const { backend } = await testEngine();
    const shape = [1, 4, 4, 4];
    const [x, dy] = [toTensor(randomArray(sizeOf(shape), 1), shape), toTensor(randomArray(256, 2), [1, 8, 8, 4])];
    const before = backend.counters.dispatches;
    tidy(() => grad((t: Tensor) => upsampleFir(t as Tensor4D, binomial4))(x, dy)).dispose();
    expect(backend.counters.dispatches - before).toBe(2);
    x.dispose();
    dy.dispose();
  });

  it('refuses what makes no sense', () => {
    const x = toTensor(randomArray(8, 1), [1, 2, 2, 2]) as Tensor4D;
    expect(() => upfirdn2d(x, [1, 1, 1])).toThrow(/smaller than the filter/);
    expect(() => upfirdn2d(x, [[1, 2], [3]])).toThrow(/rectangle/);
    expect(() => upfirdn2d(x, [1], { up: 1.5 })).toThrow(/positive integers/);
    x.dispose();
  });
});
