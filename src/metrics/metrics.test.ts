// Against numpy (golden.json, made by golden.py beside it) and against what must hold whatever the data.
import { describe, expect, it } from 'vitest';
import { CounterRandom } from '../shared/rng';
import { runNow } from '../shared/cooperative';
import {
  featureMoments,
  frechetDistance,
  frechetDistanceOf,
  frechetDistanceInSlices,
  MomentAccumulator,
  type FeatureMoments,
} from './frechet';
import golden from './golden.json';
import { kernelDistance } from './kernelDistance';
import { manifold } from './manifold';
import { exactProducts } from './products';
import { symmetricEigenvalues } from './symmetricEigenvalues';

/** The formula of golden.py. */
function features(n: number, d: number, shift: number, spread: number): Float32Array {
  const out = new Float32Array(n * d);
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < d; j += 1) {
      const x = Math.sin(12.9898 * i + 78.233 * j + shift) * 43.7585;
      out[i * d + j] =
        spread * (x - Math.floor(x) - 0.5) + 0.3 * Math.sin(3.7 * i * (j + 1) + shift) + 0.1 * Math.cos(j + shift);
    }
  }
  return out;
}

const random = new CounterRandom(4, 930);
const normals = (count: number, scale = 1, offset = 0): Float32Array =>
  Float32Array.from({ length: count }, () => offset + scale * random.normal());

const of = (rows: number[][]): number[] => [
  ...runNow(symmetricEigenvalues(Float64Array.from(rows.flat()), rows.length)),
];
const times = (x: number[][], y: number[][]): number[][] =>
  x.map(
    (row) => y[0]?.map((_, j) => row.reduce((sum, value, k) => sum + value * (y[k]?.[j] as number), 0)) as number[],
  );
const trace = (x: number[][]): number => x.reduce((sum, row, i) => sum + (row[i] as number), 0);

/** Moments of a Gaussian with independent coordinates. */
const diagonal = (mean: number[], variance: number[]): FeatureMoments => {
  const d = mean.length;
  const covariance = new Float64Array(d * d);
  variance.forEach((value, j) => {
    covariance[j * d + j] = value;
  });
  return { d, count: 100, mean: Float64Array.from(mean), covariance };
};

describe.each(golden.cases)(
  'against numpy: $n and $m features of $d',
  ({ n, m, d, k, frechet, kernel, manifold: expected, nearestReal, nearestDistance, realToReal }) => {
    const a = features(n, d, 0, 1);
    const b = features(m, d, 0.7, 1.3);

    it('Frechet distance', () => {
      // Float64 on both sides; numpy's general eigenvalues are good to about 1e-7 where the covariances are singular.
      expect(Math.abs(frechetDistance(featureMoments(a, d), featureMoments(b, d)) / frechet - 1)).toBeLessThan(1e-5);
    });

    it('Frechet distance of the features themselves, through the smaller of the two spaces', async () => {
      expect(Math.abs((await frechetDistanceOf(a, b, d)) / frechet - 1)).toBeLessThan(1e-5);
    });

    it('kernel distance of the whole sets', async () => {
      if (kernel === undefined) return expect(n).not.toBe(m);
      const found = await kernelDistance({ a, b, d, subsets: 1, subsetSize: n, seed: 1 });
      expect(found.mean).toBeCloseTo(kernel, 10);
      expect(found.standardError).toBeNull();
    });

    it('precision, recall, density, coverage', async () => {
      const { metrics } = await manifold({ reals: a, samples: b, d, k });
      for (const name of ['precision', 'recall', 'density', 'coverage'] as const)
        expect(metrics[name]).toBeCloseTo(expected[name], 10);
    });

    it('nearest reals', async () => {
      const { nearest } = await manifold({ reals: a, samples: b, d, k });
      expect([...nearest.real]).toEqual(nearestReal);
      nearest.distance.forEach((value, j) => expect(value).toBeCloseTo(nearestDistance[j] as number, 10));
      nearest.realToReal.forEach((value, i) => expect(value).toBeCloseTo(realToReal[i] as number, 10));
    });
  },
);

describe('eigenvalues', () => {
  it('are known for small matrices', () => {
    expect(of([[3]])).toEqual([3]);
    expect(
      of([
        [2, 1],
        [1, 2],
      ]),
    ).toEqual([1, 3].map((value) => expect.closeTo(value, 12)));
    expect(
      of([
        [0, 0],
        [0, 0],
      ]),
    ).toEqual([0, 0]);
    expect(
      of([
        [1, 0, 0],
        [0, -5, 0],
        [0, 0, 2],
      ]),
    ).toEqual([-5, 1, 2].map((value) => expect.closeTo(value, 12)));
  });

  it.each([4, 9, 40])('of the %i-point path graph are 2 - 2 cos(pi j / n)', (n) => {
    const rows = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_unused, j) =>
        i === j ? (i === 0 || i === n - 1 ? 1 : 2) : Math.abs(i - j) === 1 ? -1 : 0,
      ),
    );
    of(rows).forEach((value, j) => expect(value).toBeCloseTo(2 - 2 * Math.cos((Math.PI * j) / n), 10));
  });

  it.each([2, 5, 16, 33])('of a random %i x %i matrix keep trace, Frobenius norm and trace of the cube', (n) => {
    const a = Array.from({ length: n }, () => Array.from({ length: n }, () => random.normal()));
    const s = a.map((row, i) => row.map((value, j) => value + (a[j]?.[i] as number)));
    const square = times(s, s);
    const found = of(s);
    expect(found.reduce((sum, v) => sum + v, 0)).toBeCloseTo(trace(s), 8);
    expect(found.reduce((sum, v) => sum + v * v, 0)).toBeCloseTo(trace(square), 7);
    expect(found.reduce((sum, v) => sum + v ** 3, 0) / (n * n)).toBeCloseTo(trace(times(square, s)) / (n * n), 6);
  });

  it('do not run for ever on numbers that are not finite', () => {
    expect(() =>
      of([
        [NaN, 1, 2],
        [1, NaN, 3],
        [2, 3, 4],
      ]),
    ).toThrow(/not finite/);
  });
});

describe('Frechet distance', () => {
  it('is |mu|^2 + sum (sigma_1 - sigma_2)^2 where coordinates are independent', () => {
    const distance = frechetDistance(diagonal([0, 1, 2], [1, 4, 0]), diagonal([3, 1, 2], [9, 4, 0.25]));
    expect(distance).toBeCloseTo(9 + 4 + 0 + 0.25, 10);
  });

  it('is zero for equal sets, even when they do not fill their space, and symmetric', () => {
    const a = featureMoments(normals(12 * 30), 30);
    const b = featureMoments(normals(50 * 30, 1.5, 0.2), 30);
    expect(frechetDistance(a, a)).toBeLessThan(1e-5);
    expect(frechetDistance(a, b)).toBeCloseTo(frechetDistance(b, a), 5);
  });

  it('takes features in blocks, large offsets included', async () => {
    const all = normals(37 * 5, 0.01, 1000);
    const accumulator = new MomentAccumulator(5);
    for (const [from, to] of [
      [0, 10],
      [10, 11],
      [11, 37],
    ] as const)
      accumulator.add(all.subarray(from * 5, to * 5));
    const whole = featureMoments(all, 5);
    const blocks = accumulator.moments();
    blocks.covariance.forEach((value, j) => expect(value).toBeCloseTo(whole.covariance[j] as number, 12));
    const other = featureMoments(normals(30 * 5, 0.01, 1000), 5);
    expect(await frechetDistanceInSlices(blocks, other, { sliceMs: 0 })).toBe(frechetDistance(blocks, other));
  });

  it('refuses what has no covariance or another size', () => {
    expect(() => featureMoments(normals(5), 5)).toThrow(RangeError);
    expect(() => featureMoments(normals(7), 5)).toThrow(RangeError);
    expect(() => frechetDistance(diagonal([0], [1]), diagonal([0, 0], [1, 1]))).toThrow(RangeError);
  });
});

describe('kernel distance', () => {
  it('is near zero for sets of one kind, within its error bar, and large for others', async () => {
    const input = { a: normals(300 * 4), b: normals(300 * 4), d: 4, subsets: 30, subsetSize: 100, seed: 2 };
    const same = await kernelDistance(input);
    expect(same.standardError).toBeCloseTo(same.deviation * Math.sqrt(100 / 200), 12);
    expect(Math.abs(same.mean)).toBeLessThan(4 * (same.standardError as number));
    const other = await kernelDistance({ ...input, b: normals(300 * 4, 1, 1) });
    expect(other.mean).toBeGreaterThan(10 * Math.abs(same.mean));
    expect(await kernelDistance(input)).toEqual(same);
  });

  it('has an error bar that is the spread over fresh draws, whatever the number of subsets', async () => {
    const draws = await Promise.all(
      Array.from({ length: 40 }, (_, seed) =>
        kernelDistance({ a: normals(60 * 3), b: normals(60 * 3, 1, 0.3), d: 3, subsets: 20, seed }),
      ),
    );
    const mean = draws.reduce((sum, draw) => sum + draw.mean, 0) / draws.length;
    const spread = Math.sqrt(draws.reduce((sum, draw) => sum + (draw.mean - mean) ** 2, 0) / (draws.length - 1));
    const claimed = draws.reduce((sum, draw) => sum + (draw.standardError as number), 0) / draws.length;
    expect(claimed / spread).toBeGreaterThan(0.6);
    expect(claimed / spread).toBeLessThan(1.7);
  });

  it('uses no more than there is, and refuses fewer than two', async () => {
    expect(
      (await kernelDistance({ a: normals(6), b: normals(9), d: 1, subsets: 2, subsetSize: 100, seed: 1 })).subsetSize,
    ).toBe(6);
    expect((await kernelDistance({ a: normals(6), b: normals(9), d: 1, subsets: 2, seed: 1 })).subsetSize).toBe(3);
    await expect(kernelDistance({ a: normals(1), b: normals(9), d: 1, seed: 1 })).rejects.toThrow(RangeError);
  });
});

describe('nearest-neighbour metrics', () => {
  it('are perfect for another draw of many, and zero for sets far apart', async () => {
    const reals = normals(400 * 2);
    const { metrics: near } = await manifold({ reals, samples: normals(400 * 2), d: 2 });
    for (const value of [near.precision, near.recall, near.coverage]) expect(value).toBeGreaterThan(0.9);
    expect(near.density).toBeGreaterThan(0.8);
    expect((await manifold({ reals, samples: normals(400 * 2, 1, 100), d: 2 })).metrics).toEqual({
      precision: 0,
      recall: 0,
      density: 0,
      coverage: 0,
      k: 5,
    });
  });

  it('see dropped modes by recall and coverage, not by precision', async () => {
    const reals = Float32Array.from([...normals(100 * 2, 0.1), ...normals(100 * 2, 0.1, 5)]);
    const { metrics: found } = await manifold({ reals, samples: normals(200 * 2, 0.1), d: 2 });
    expect(found.precision).toBeGreaterThan(0.9);
    expect(found.recall).toBeLessThan(0.55);
    expect(found.coverage).toBeLessThan(0.55);
  });

  it('do not depend on how many rows are taken at once', async () => {
    const [reals, samples] = [normals(90 * 6), normals(70 * 6, 1.1)];
    const asked: number[] = [];
    const oneRow: typeof exactProducts = async (a, b, d) => {
      asked.push(a.length / d);
      const rows = await Promise.all(
        Array.from({ length: a.length / d }, (_, i) => exactProducts(a.subarray(i * d, (i + 1) * d), b, d)),
      );
      return Float64Array.from(rows.flatMap((row) => [...row]));
    };
    expect(await manifold({ reals, samples, d: 6, products: oneRow })).toEqual(
      await manifold({ reals, samples, d: 6 }),
    );
    expect(asked.length).toBeGreaterThan(0);
  });

  it('refuse sets no larger than k', async () => {
    await expect(manifold({ reals: normals(5), samples: normals(9), d: 1 })).rejects.toThrow(RangeError);
  });

  it('end when asked to', async () => {
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    const products: typeof exactProducts = (a, b, d, signal) => {
      signal?.throwIfAborted();
      return exactProducts(a, b, d);
    };
    await expect(
      manifold({ reals: normals(20), samples: normals(20), d: 1, products, signal: stop.signal }),
    ).rejects.toThrow('enough');
  });
});
