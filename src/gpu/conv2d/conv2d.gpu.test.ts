import { describe, expect, it } from 'vitest';
import { randomArray, relativeError, sizeOf, toTensor } from '../testing/arrays';
import { checkOp } from '../testing/checkOp';
import { describeFamilies, lanesFamily } from '../testing/variants';
import { testEngine } from '../testing/testEngine';
import { grad, grads, tidy, type Tensor, type Tensor4D } from '../tensor';
import { overrideTuning } from '../tuning';
import { conv2dRef, convTranspose2dRef } from './conv2d.ref';
import { conv2d, convTranspose2d, type Conv2dOptions, type ConvTranspose2dOptions } from './conv2d';
import { convGeometry } from './geometry';

type Case = [x: [number, number, number, number], filter: [number, number, number, number], options: Conv2dOptions];

const cases: Case[] = [
  [[2, 4, 4, 4], [3, 3, 4, 4], {}],
  [[2, 5, 4, 3], [3, 3, 3, 5], {}],
  [[1, 5, 7, 4], [3, 2, 4, 3], { stride: 2 }],
  [[1, 6, 6, 2], [4, 4, 2, 4], { stride: 2, pad: 1 }],
  [[2, 3, 3, 6], [1, 1, 6, 2], {}],
  [[1, 4, 4, 4], [3, 3, 4, 8], { pad: 0 }],
  [[1, 3, 3, 1], [3, 3, 1, 1], { pad: 2 }],
];

async function check([x, filter, options]: Case, order: 1 | 2): Promise<void> {
  const geometry = convGeometry(x, filter, options.stride ?? 1, options.pad ?? 'same');
  await checkOp({
    inputs: [{ shape: x }, { shape: filter }],
    op: (a, b) => conv2d(a as Tensor4D, b as Tensor4D, options),
    reference: (a, b) => conv2dRef(a, b, geometry),
    outputShape: [geometry.batch, geometry.outHeight, geometry.outWidth, geometry.outputs],
    order,
  });
}

const product = (u: ArrayLike<number>, v: ArrayLike<number>): number =>
  Array.from(u).reduce((sum, value, i) => sum + value * (v[i] ?? NaN), 0);

/** Products large enough for every tile size. */
const large: [Case[0], Case[1]][] = [
  [
    [1, 12, 12, 8],
    [3, 3, 8, 68],
  ],
  [
    [2, 9, 9, 12],
    [3, 3, 12, 20],
  ],
  [
    [2, 17, 16, 24],
    [3, 3, 24, 28],
  ],
];

const transposed: [x: Case[0], filter: Case[1], options: ConvTranspose2dOptions][] = [
  // Phases of 4, 2, 2 and 1 taps; in fours and not.
  [[2, 3, 4, 4], [3, 3, 8, 4], { stride: 2 }],
  [[1, 4, 3, 3], [3, 3, 5, 3], { stride: 2 }],
  [[1, 3, 3, 2], [4, 3, 3, 2], { stride: 2, pad: 1 }],
  // Phases without taps.
  [[1, 3, 2, 4], [1, 1, 4, 4], { stride: 2 }],
  [[1, 4, 4, 3], [3, 2, 4, 3], {}],
];

describeFamilies(
  'convTranspose2d',
  ({ workgroupMemory }) => {
    for (const [x, filter, options] of transposed) {
      it(`equals its reference, [${x.join()}] * [${filter.join()}] ${JSON.stringify(options)}`, async () => {
        const { stride = 1, pad = 0 } = options;
        const shape = [1, 2].map((axis) => ((x[axis] ?? 0) - 1) * stride + (filter[axis - 1] ?? 0) - 2 * pad);
        const geometry = convGeometry([x[0], ...shape, filter[2]], filter, stride, pad);
        await checkOp({
          inputs: [{ shape: x }, { shape: filter }],
          op: (a, b) => convTranspose2d(a as Tensor4D, b as Tensor4D, options),
          reference: (a, b) => convTranspose2dRef(a, b, geometry),
          outputShape: [x[0], ...shape, filter[2]],
          order: workgroupMemory ? 1 : 2,
        });
      });
    }

    it('refuses channels that differ', () => {
      const [x, filter] = [toTensor(randomArray(8, 1), [1, 2, 2, 2]), toTensor(randomArray(27, 2), [3, 3, 1, 3])];
      expect(() => convTranspose2d(x as Tensor4D, filter as Tensor4D)).toThrow(RangeError);
      x.dispose();
      filter.dispose();
    });
  },
  lanesFamily,
);

describeFamilies(
  'conv2d',
  ({ workgroupMemory }) => {
    for (const one of workgroupMemory ? cases.slice(0, 3) : cases) {
      const [x, filter, options] = one;
      it(`equals its reference, [${x.join()}] * [${filter.join()}] ${JSON.stringify(options)}`, () =>
        check(one, workgroupMemory ? 1 : 2));
    }

    it('covers several tiles and widths', async () => {
      for (const [x, filter] of workgroupMemory ? large.slice(0, 2) : large) {
        const geometry = convGeometry(x, filter, 1, 'same');
        const out = [geometry.batch, geometry.outHeight, geometry.outWidth, geometry.outputs];
        const [a, b, dy] = [randomArray(sizeOf(x), 1), randomArray(sizeOf(filter), 2), randomArray(sizeOf(out), 3)];
        const [p, q, r] = [toTensor(a, x), toTensor(b, filter), toTensor(dy, out)];
        const op = (...given: Tensor[]): Tensor => conv2d(...(given as [Tensor4D, Tensor4D]));
        const y = op(p, q);
        expect(relativeError(await y.data(), conv2dRef(a, b, geometry))).toBeLessThanOrEqual(1e-5);
        // Adjoints, along a random direction: <dx, u> = <dy, conv(u, w)> and <dw, v> = <dy, conv(x, v)>.
        const [dx, dw] = tidy(() => grads(op)([p, q], r)) as [Tensor, Tensor];
        const [u, v] = [randomArray(sizeOf(x), 4), randomArray(sizeOf(filter), 5)];
        for (const [gradient, direction, moved] of [
          [dx, u, conv2dRef(u, b, geometry)],
          [dw, v, conv2dRef(a, v, geometry)],
        ] as const) {
          const scale = Math.sqrt(
            product(direction, direction) * product(await gradient.data(), await gradient.data()),
          );
          expect(Math.abs(product(await gradient.data(), direction) - product(moved, dy)) / scale).toBeLessThanOrEqual(
            1e-5,
          );
        }
        for (const tensor of [p, q, r, y, dx, dw]) tensor.dispose();
      }
    });
  },
  lanesFamily,
);

describe('conv2d', () => {
  it('splits long sums without losing a bit between runs', async () => {
    overrideTuning({ workgroupMemory: true, bakeShapes: true, wantedWorkgroups: 16 });
    try {
      const [x, filter] = [
        [3, 14, 14, 4],
        [3, 3, 4, 4],
      ] as const;
      const [a, b, dy] = [
        toTensor(randomArray(2352, 1), x),
        toTensor(randomArray(144, 2), filter),
        toTensor(randomArray(2352, 3), x),
      ];
      const { backend } = await testEngine();
      const run = (): Tensor => tidy(() => grad((t: Tensor) => conv2d(a as Tensor4D, t as Tensor4D))(b, dy));
      const before = backend.counters.dispatches;
      const [first, again] = [run(), run()];
      expect(backend.counters.dispatches - before).toBe(2 * 3); // forward, parts, their sum
      const values = await first.data();
      expect(await again.data()).toEqual(values);
      // <dw, w> = <dy, conv(x, w)>, for any w.
      const y = conv2d(a as Tensor4D, b as Tensor4D);
      const [left, right] = [product(values, await b.data()), product(await y.data(), await dy.data())];
      expect(Math.abs(left - right) / Math.abs(right)).toBeLessThan(1e-4);
      for (const tensor of [a, b, dy, first, again, y]) tensor.dispose();
    } finally {
      overrideTuning({});
    }
  });

  it('takes one dispatch each for the result, the input’s gradient and the filter’s, and none for what nobody asked for', async () => {
    const { backend } = await testEngine();
    overrideTuning({ workgroupMemory: false });
    const [x, filter, dy] = [
      [1, 4, 4, 4],
      [3, 3, 4, 4],
      [1, 4, 4, 4],
    ].map((shape, i) =>
      toTensor(
        randomArray(
          shape.reduce((p, q) => p * q, 1),
          i,
        ),
        shape,
      ),
    ) as [Tensor4D, Tensor4D, Tensor4D];
    const counted = (f: () => Tensor[]): number => {
      const before = backend.counters.dispatches;
      tidy(f).forEach((tensor) => tensor.dispose());
      return backend.counters.dispatches - before;
    };
    expect(counted(() => [conv2d(x, filter)])).toBe(1);
    expect(counted(() => [grad((t: Tensor) => conv2d(t as Tensor4D, filter))(x, dy)])).toBe(2);
    expect(
      counted(() => grads((...given: Tensor[]) => conv2d(...(given as [Tensor4D, Tensor4D])))([x, filter], dy)),
    ).toBe(3);
    overrideTuning({});
    for (const tensor of [x, filter, dy]) tensor.dispose();
  });

  it('refuses what does not fit', () => {
    expect(() => convGeometry([1, 4, 4, 3], [3, 3, 4, 8], 1, 'same')).toThrow(/do not fit/);
    expect(() => convGeometry([1, 2, 2, 3], [5, 5, 3, 8], 1, 0)).toThrow(/leaves nothing/);
  });
});
