import { describe, expect, it } from 'vitest';
import { clusterShares, exemplars, type ExemplarInput } from './exemplars';
import { rowCosines } from '../../shared/linearAlgebra';
import { imageCentroids } from './imageCentroids';
import { SparseRows } from './sparseRows';

const d = 2;
/** Unit vectors by angle in degrees. */
const at = (...degrees: number[]): Float32Array =>
  Float32Array.from(degrees.flatMap((angle) => [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)]));

// Two clusters in class 0, one in class 1. Image 2 is a copy of image 0; image 5 is not trusted; image 6 is inferred.
const base: ExemplarInput = {
  features: at(0, 20, 0, 60, 80, 40, 170, 150),
  d,
  slotsOfClass: [[0, 1], [2]],
  memberships: SparseRows.fromDense(
    [0.9, 0.1, 0, 0.8, 0.2, 0, 0.9, 0.1, 0, 0.3, 0.7, 0, 0.1, 0.9, 0, 0.99, 0.01, 0, 0.5, 0.5, 1, 0, 0, 1],
    3,
  ),
  probabilities: Float32Array.of(1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0.4, 0.6, 0.1, 0.9, 0, 1),
  labels: Int32Array.of(0, 0, 0, 0, 0, -1, -1, 1),
  trust: Float32Array.of(1, 1, 1, 1, 1, 0, 0.9, 1),
  centres: at(10, 70, 155),
  count: 3,
};

describe('exemplars', () => {
  it('are the trusted images of highest q times trust of their own cluster, without copies', () => {
    expect(exemplars(base)).toEqual([
      [0, 1],
      [4, 3],
      [7, 6],
    ]);
  });

  it('are at most as many as asked for', () => {
    expect(exemplars({ ...base, count: 1 })).toEqual([[0], [4], [7]]);
  });

  it('prefer typical images where memberships are equal', () => {
    const memberships = SparseRows.fromDense(
      base.memberships.toDense().map((value, j) => (j % 3 === 2 ? value : 0.5)),
      3,
    );
    // All images of class 0 tie on slot 0; it lies at 10 degrees, so 0 (or its copy) and 20 come first.
    expect(exemplars({ ...base, memberships, centres: at(12, 70, 155) })[0]).toEqual([1, 0, 3]);
  });

  it("show a cluster that is no image's strongest by those nearest to it, and leave one without images empty", () => {
    const memberships = SparseRows.fromDense(
      base.memberships.toDense().map((value, j) => (j % 3 === 1 ? Math.min(value, 0.05) : value)),
      3,
    );
    expect(exemplars({ ...base, memberships })[1]).toHaveLength(3);
    expect(exemplars({ ...base, trust: new Float32Array(8) })).toEqual([[], [], []]);
  });
});

describe('clusterShares', () => {
  it('is the trusted mass of each slot over the whole', () => {
    const u = SparseRows.fromDense([0.5, 0.5, 0, 1, 1, 0], 2);
    expect([...clusterShares(u, Float32Array.of(1, 0.5, 0))]).toEqual(
      [0.5 / 1.5, 1 / 1.5].map((value) => expect.closeTo(value, 6)),
    );
    expect([...clusterShares(u, new Float32Array(3))]).toEqual([0, 0]);
  });
});

describe('imageCentroids', () => {
  it('is unit(sum of w u f)', () => {
    const features = at(0, 90, 180);
    const u = SparseRows.fromDense([0.5, 0.5, 0, 1, 1, 0], 2);
    const trust = Float32Array.of(1, 0.5, 0);
    const centroids = imageCentroids({ features, d, u, trust, slotsOfClass: [[0, 1]] });
    const angle = Math.atan2(0.5 * 1, 0.5);
    expect([...centroids]).toEqual([1, 0, Math.cos(angle), Math.sin(angle)].map((value) => expect.closeTo(value, 6)));
  });

  it('falls back on the class, then on all images', () => {
    const features = at(0, 90);
    const u = SparseRows.fromDense([1, 0, 0, 1, 0, 0], 3);
    const centroids = imageCentroids({ features, d, u, trust: Float32Array.of(1, 1), slotsOfClass: [[0, 1], [2]] });
    const half = Math.SQRT1_2;
    expect([...centroids]).toEqual([half, half, half, half, half, half].map((value) => expect.closeTo(value, 6)));
  });

  it('compares rows by cosine, zero for a zero row', () => {
    expect([...rowCosines(at(0, 30, 0), Float32Array.of(2, 0, 0, 1, 0, 0), 2)]).toEqual(
      [1, 0.5, 0].map((value) => expect.closeTo(value, 6)),
    );
  });
});
