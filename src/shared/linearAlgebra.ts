/**
 * The few dense kernels that the CPU part of the algorithm needs, over features stored as rows of one Float32Array.
 * Products are accumulated in float64 and blocked so that a row is read once for several outputs: 100,000 features of
 * 512 numbers against ten classes take about a second. `rows` picks rows of the feature matrix by index, so that
 * subsets never have to be copied.
 */

/** Inner products of chosen rows with every row of `weights`. */
export interface ProductInput {
  /** [N, d] */
  features: Float32Array;
  d: number;
  /** Rows of `features` to use, n of them. */
  rows: Int32Array;
  /** [m, d] */
  weights: Float64Array;
  m: number;
  /** First row to do and the one after the last; defaults to all. */
  from?: number;
  to?: number;
}

/** out[i, c] = <features[rows[i]], weights[c]> for i in [from, to). `out` is [n, m]. */
export function multiplyRows(input: ProductInput, out: Float64Array): void {
  const { features, d, rows, m } = input;
  const to = input.to ?? rows.length;
  // Two rows at a time, widened once to float64: the inner loop would otherwise convert them for every class.
  const pair = new Float64Array(2 * d);
  let i = input.from ?? 0;
  for (; i + 2 <= to; i += 2) {
    widen(features, d, rows, i, 2, pair);
    let c = 0;
    for (; c + 4 <= m; c += 4) pairByFour(pair, input, i, c, out);
    for (; c < m; c += 1) {
      out[i * m + c] = dotAt(pair, 0, input, c);
      out[(i + 1) * m + c] = dotAt(pair, d, input, c);
    }
  }
  if (i < to) {
    widen(features, d, rows, i, 1, pair);
    for (let c = 0; c < m; c += 1) out[i * m + c] = dotAt(pair, 0, input, c);
  }
}

function widen(features: Float32Array, d: number, rows: Int32Array, i: number, count: number, out: Float64Array): void {
  for (let b = 0; b < count; b += 1) {
    const x = (rows[i + b] as number) * d;
    for (let j = 0; j < d; j += 1) out[b * d + j] = features[x + j] as number;
  }
}

/** Two rows against four weight rows: eight accumulators share six loads. */
function pairByFour(
  pair: Float64Array,
  { d, weights, m }: ProductInput,
  i: number,
  c: number,
  out: Float64Array,
): void {
  const w0 = c * d;
  const w1 = w0 + d;
  const w2 = w1 + d;
  const w3 = w2 + d;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let t0 = 0;
  let t1 = 0;
  let t2 = 0;
  let t3 = 0;
  for (let j = 0; j < d; j += 1) {
    const a = pair[j] as number;
    const b = pair[d + j] as number;
    const v0 = weights[w0 + j] as number;
    const v1 = weights[w1 + j] as number;
    const v2 = weights[w2 + j] as number;
    const v3 = weights[w3 + j] as number;
    s0 += a * v0;
    s1 += a * v1;
    s2 += a * v2;
    s3 += a * v3;
    t0 += b * v0;
    t1 += b * v1;
    t2 += b * v2;
    t3 += b * v3;
  }
  const o = i * m + c;
  out[o] = s0;
  out[o + 1] = s1;
  out[o + 2] = s2;
  out[o + 3] = s3;
  out[o + m] = t0;
  out[o + m + 1] = t1;
  out[o + m + 2] = t2;
  out[o + m + 3] = t3;
}

function dotAt(pair: Float64Array, x: number, { d, weights }: ProductInput, c: number): number {
  const w = c * d;
  let sum = 0;
  for (let j = 0; j < d; j += 1) sum += (pair[x + j] as number) * (weights[w + j] as number);
  return sum;
}

/** out[c, :] += sum_i coefficients[i, c] features[rows[i], :]. `coefficients` is [n, m], `out` is [m, d]. */
export function accumulateRows(
  features: Float32Array,
  d: number,
  rows: Int32Array,
  coefficients: Float64Array,
  m: number,
  out: Float64Array,
): void {
  const n = rows.length;
  const four = new Float64Array(4 * d);
  for (let i = 0; i < n; i += 4) {
    const count = Math.min(4, n - i);
    if (count < 4) four.fill(0);
    widen(features, d, rows, i, count, four);
    let c = 0;
    for (; c + 2 <= m; c += 2) addFourToTwo(four, d, coefficients, i * m + c, m, out, c * d);
    if (c < m) {
      for (let b = 0; b < count; b += 1) {
        const a = coefficients[(i + b) * m + c] as number;
        for (let j = 0; j < d; j += 1) out[c * d + j] = (out[c * d + j] as number) + a * (four[b * d + j] as number);
      }
    }
  }
}

/** Adds four weighted rows to two output rows. Coefficients past the last row multiply zeros. */
function addFourToTwo(
  four: Float64Array,
  d: number,
  coefficients: Float64Array,
  at: number,
  m: number,
  out: Float64Array,
  o: number,
): void {
  const a0 = coefficients[at] as number;
  const b0 = coefficients[at + 1] as number;
  const a1 = coefficients[at + m] ?? 0;
  const b1 = coefficients[at + m + 1] ?? 0;
  const a2 = coefficients[at + 2 * m] ?? 0;
  const b2 = coefficients[at + 2 * m + 1] ?? 0;
  const a3 = coefficients[at + 3 * m] ?? 0;
  const b3 = coefficients[at + 3 * m + 1] ?? 0;
  const p = o + d;
  for (let j = 0; j < d; j += 1) {
    const v0 = four[j] as number;
    const v1 = four[d + j] as number;
    const v2 = four[2 * d + j] as number;
    const v3 = four[3 * d + j] as number;
    out[o + j] = (out[o + j] as number) + (a0 * v0 + a1 * v1) + (a2 * v2 + a3 * v3);
    out[p + j] = (out[p + j] as number) + (b0 * v0 + b1 * v1) + (b2 * v2 + b3 * v3);
  }
}

/** Mean of the chosen rows, [d]; zeros for no rows. */
export function meanOfRows(features: Float32Array, d: number, rows: Int32Array): Float64Array {
  const mean = new Float64Array(d);
  for (const row of rows)
    for (let j = 0; j < d; j += 1) mean[j] = (mean[j] as number) + (features[row * d + j] as number);
  if (rows.length > 0) for (let j = 0; j < d; j += 1) mean[j] = (mean[j] as number) / rows.length;
  return mean;
}

/** Covariance about `mean` of the chosen rows, [d, d], lower triangle filled (the upper one is left at 0). */
export function covarianceOfRows(
  features: Float32Array,
  d: number,
  rows: Int32Array,
  mean: Float64Array,
): Float64Array {
  const covariance = new Float64Array(d * d);
  const centred = new Float64Array(4 * d);
  for (let i = 0; i < rows.length; i += 4) {
    const block = Math.min(4, rows.length - i);
    centred.fill(0);
    for (let b = 0; b < block; b += 1) {
      const x = (rows[i + b] as number) * d;
      for (let j = 0; j < d; j += 1) centred[b * d + j] = (features[x + j] as number) - (mean[j] as number);
    }
    addOuterProducts(centred, d, covariance);
  }
  for (let j = 0; j < d * d; j += 1) covariance[j] = (covariance[j] as number) / Math.max(1, rows.length);
  return covariance;
}

/** covariance [d, d] += sum of the outer products of four rows [4, d], lower triangle. */
export function addOuterProducts(four: Float64Array, d: number, covariance: Float64Array): void {
  for (let a = 0; a < d; a += 1) {
    const a0 = four[a] as number;
    const a1 = four[d + a] as number;
    const a2 = four[2 * d + a] as number;
    const a3 = four[3 * d + a] as number;
    const o = a * d;
    for (let b = 0; b <= a; b += 1) {
      covariance[o + b] =
        (covariance[o + b] as number) +
        a0 * (four[b] as number) +
        a1 * (four[d + b] as number) +
        a2 * (four[2 * d + b] as number) +
        a3 * (four[3 * d + b] as number);
    }
  }
}

/**
 * Cholesky factor L (lower) of scale * A + ridge * I, where A [d, d] is symmetric positive semi-definite with its lower
 * triangle filled. `ridge` must be > 0.
 */
export function choleskyOf(a: Float64Array, d: number, scale: number, ridge: number): Float64Array {
  const l = new Float64Array(d * d);
  for (let i = 0; i < d; i += 1) {
    const oi = i * d;
    for (let j = 0; j <= i; j += 1) {
      const oj = j * d;
      const sum = scale * (a[oi + j] as number) + (i === j ? ridge : 0) - productOfRows(l, oi, oj, j);
      // Rounding can push a pivot of a nearly singular matrix below the ridge; it is never smaller in exact arithmetic.
      l[oi + j] = i === j ? Math.sqrt(Math.max(sum, ridge)) : sum / (l[oj + j] as number);
    }
  }
  return l;
}

/**
 * Inner product of two stretches of one array; four sums side by side, so that an addition need not wait for the one
 * before.
 */
export function productOfRows(l: Float64Array, from: number, to: number, count: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let k = 0;
  for (; k + 4 <= count; k += 4) {
    s0 += (l[from + k] as number) * (l[to + k] as number);
    s1 += (l[from + k + 1] as number) * (l[to + k + 1] as number);
    s2 += (l[from + k + 2] as number) * (l[to + k + 2] as number);
    s3 += (l[from + k + 3] as number) * (l[to + k + 3] as number);
  }
  for (; k < count; k += 1) s0 += (l[from + k] as number) * (l[to + k] as number);
  return s0 + s1 + (s2 + s3);
}

/**
 * Solves L L^T x = b in place for each of the `count` rows of `b` [count, d]; four rows at a time share the loads of L.
 */
export function choleskySolve(l: Float64Array, d: number, b: Float64Array, count: number): void {
  const four = new Float64Array(4 * d);
  for (let r = 0; r < count; r += 4) {
    const block = Math.min(4, count - r);
    four.fill(0);
    for (let q = 0; q < block; q += 1) for (let j = 0; j < d; j += 1) four[4 * j + q] = b[(r + q) * d + j] as number;
    solveFour(l, d, four);
    for (let q = 0; q < block; q += 1) for (let j = 0; j < d; j += 1) b[(r + q) * d + j] = four[4 * j + q] as number;
  }
}

/** Forward and back substitution on four right-hand sides interleaved as [d, 4]. */
function solveFour(l: Float64Array, d: number, four: Float64Array): void {
  for (let i = 0; i < d; i += 1) {
    let s0 = four[4 * i] as number;
    let s1 = four[4 * i + 1] as number;
    let s2 = four[4 * i + 2] as number;
    let s3 = four[4 * i + 3] as number;
    for (let k = 0, o = i * d, p = 0; k < i; k += 1, o += 1, p += 4) {
      const value = l[o] as number;
      s0 -= value * (four[p] as number);
      s1 -= value * (four[p + 1] as number);
      s2 -= value * (four[p + 2] as number);
      s3 -= value * (four[p + 3] as number);
    }
    scaleFour(four, i, 1 / (l[i * d + i] as number), s0, s1, s2, s3);
  }
  for (let i = d - 1; i >= 0; i -= 1) {
    const p = 4 * i;
    scaleFour(
      four,
      i,
      1 / (l[i * d + i] as number),
      four[p] as number,
      four[p + 1] as number,
      four[p + 2] as number,
      four[p + 3] as number,
    );
    const x0 = four[p] as number;
    const x1 = four[p + 1] as number;
    const x2 = four[p + 2] as number;
    const x3 = four[p + 3] as number;
    for (let k = 0, o = i * d, q = 0; k < i; k += 1, o += 1, q += 4) {
      const value = l[o] as number;
      four[q] = (four[q] as number) - value * x0;
      four[q + 1] = (four[q + 1] as number) - value * x1;
      four[q + 2] = (four[q + 2] as number) - value * x2;
      four[q + 3] = (four[q + 3] as number) - value * x3;
    }
  }
}

function scaleFour(
  four: Float64Array,
  i: number,
  factor: number,
  s0: number,
  s1: number,
  s2: number,
  s3: number,
): void {
  four[4 * i] = factor * s0;
  four[4 * i + 1] = factor * s1;
  four[4 * i + 2] = factor * s2;
  four[4 * i + 3] = factor * s3;
}

/** Scales a vector to unit length in place; a zero vector stays zero. Returns its former length. */
export function normalize(vector: Float64Array | Float32Array, from = 0, to = vector.length): number {
  let sum = 0;
  for (let j = from; j < to; j += 1) sum += (vector[j] as number) ** 2;
  const length = Math.sqrt(sum);
  if (length > 0) for (let j = from; j < to; j += 1) vector[j] = (vector[j] as number) / length;
  return length;
}

/** Cosine of row `row` of `a` and of `b`, both [n, d]; 0 where either is zero. */
export function rowCosine(a: ArrayLike<number>, b: ArrayLike<number>, d: number, row: number): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = row * d; i < (row + 1) * d; i += 1) {
    const x = a[i] as number;
    const y = b[i] as number;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? dot / Math.sqrt(aa * bb) : 0;
}

/** Cosine of each row of `a` with the same row of `b`, both [n, d]. */
export function rowCosines(a: ArrayLike<number>, b: ArrayLike<number>, d: number): Float64Array {
  return Float64Array.from({ length: a.length / d }, (_, row) => rowCosine(a, b, d, row));
}

/** 0, 1, ..., n - 1. */
export function allRows(n: number): Int32Array {
  return Int32Array.from({ length: n }, (_, i) => i);
}

/** Position from `offset`, in [0, count), of the largest of `count` values; the first of equal ones. */
export function argMax(values: Float64Array | Float32Array, offset: number, count: number): number {
  let best = 0;
  for (let c = 1; c < count; c += 1) if ((values[offset + c] as number) > (values[offset + best] as number)) best = c;
  return best;
}
