/**
 * Eigenvalues of a symmetric matrix in float64: Householder reduction to tridiagonal form (Martin, Reinsch and
 * Wilkinson 1968), then implicit QL (Bowdler, Martin, Reinsch and Wilkinson 1968; Dubrulle, Martin and Wilkinson 1968).
 * 4/3 d^3 multiply-adds; works in place.
 */
import type { Cooperative } from '../shared/cooperative';

/**
 * @param a [d, d], lower triangle used, destroyed
 * @returns eigenvalues, ascending
 */
export function* symmetricEigenvalues(a: Float64Array, d: number): Cooperative<Float64Array> {
  const diagonal = new Float64Array(d);
  const beside = new Float64Array(d);
  const u = new Float64Array(d);
  const p = new Float64Array(d);
  for (let size = d; size > 1; size -= 1) {
    eliminateRow(a, d, size, beside, u, p);
    if (size % 16 === 0) yield 1 - (size / d) ** 3;
  }
  for (let i = 0; i < d; i += 1) diagonal[i] = a[i * d + i] as number;
  implicitQl(diagonal, beside);
  return diagonal.toSorted();
}

/**
 * One Householder step on the leading [size, size] block: zeroes the last row left of its subdiagonal entry, which goes
 * to beside[size - 2], and transforms the block above.
 */
function eliminateRow(
  a: Float64Array,
  d: number,
  size: number,
  beside: Float64Array,
  u: Float64Array,
  p: Float64Array,
): void {
  const last = size - 1;
  const row = last * d;
  let square = 0;
  for (let j = 0; j < last; j += 1) {
    u[j] = a[row + j] as number;
    square += (u[j] as number) ** 2;
  }
  const tip = u[last - 1] as number;
  const beyond = square - tip * tip;
  // Already tridiagonal in this row (or so nearly that squares underflow): nothing to reflect.
  if (!(beyond > Number.MIN_VALUE)) {
    beside[last - 1] = tip;
    return;
  }
  const target = tip > 0 ? -Math.sqrt(square) : Math.sqrt(square);
  u[last - 1] = tip - target;
  const h = square - tip * target;
  beside[last - 1] = target;
  p.fill(0, 0, last);
  for (let i = 0; i < last; i += 1) {
    const o = i * d;
    const ui = u[i] as number;
    let sum = (a[o + i] as number) * ui;
    for (let j = 0; j < i; j += 1) {
      const value = a[o + j] as number;
      sum += value * (u[j] as number);
      p[j] = (p[j] as number) + value * ui;
    }
    p[i] = (p[i] as number) + sum;
  }
  let k = 0;
  for (let i = 0; i < last; i += 1) {
    p[i] = (p[i] as number) / h;
    k += (p[i] as number) * (u[i] as number);
  }
  k /= 2 * h;
  for (let i = 0; i < last; i += 1) p[i] = (p[i] as number) - k * (u[i] as number);
  for (let i = 0; i < last; i += 1) {
    const o = i * d;
    const ui = u[i] as number;
    const pi = p[i] as number;
    for (let j = 0; j <= i; j += 1) a[o + j] = (a[o + j] as number) - ui * (p[j] as number) - pi * (u[j] as number);
  }
}

const maxSweeps = 60;

/** Diagonalises the tridiagonal matrix with `beside[i]` between i and i + 1; the eigenvalues replace `diagonal`. */
function implicitQl(diagonal: Float64Array, beside: Float64Array): void {
  const d = diagonal.length;
  for (let low = 0; low < d; low += 1) {
    for (let sweep = 0; ; sweep += 1) {
      const high = firstSplit(diagonal, beside, low);
      if (high === low) break;
      if (sweep === maxSweeps)
        throw new Error('eigenvalues did not converge: the matrix holds numbers that are not finite');
      chase(diagonal, beside, low, high);
    }
  }
}

/** Smallest m >= low whose entry to m + 1 is negligible. */
function firstSplit(diagonal: Float64Array, beside: Float64Array, low: number): number {
  const d = diagonal.length;
  for (let m = low; m < d - 1; m += 1) {
    const scale = Math.abs(diagonal[m] as number) + Math.abs(diagonal[m + 1] as number);
    if (Math.abs(beside[m] as number) <= Number.EPSILON * scale) return m;
  }
  return d - 1;
}

/** One QL sweep with Wilkinson's shift over the block from `low` to `high`. */
function chase(diagonal: Float64Array, beside: Float64Array, low: number, high: number): void {
  const first = diagonal[low] as number;
  const edge = beside[low] as number;
  const half = ((diagonal[low + 1] as number) - first) / (2 * edge);
  const root = Math.hypot(half, 1);
  let g = (diagonal[high] as number) - first + edge / (half + (half < 0 ? -root : root));
  let sine = 1;
  let cosine = 1;
  let shift = 0;
  for (let i = high - 1; i >= low; i -= 1) {
    const f = sine * (beside[i] as number);
    const b = cosine * (beside[i] as number);
    const r = Math.hypot(f, g);
    beside[i + 1] = r;
    if (r === 0) {
      diagonal[i + 1] = (diagonal[i + 1] as number) - shift;
      beside[high] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    const next = (diagonal[i + 1] as number) - shift;
    const turned = ((diagonal[i] as number) - next) * sine + 2 * cosine * b;
    shift = sine * turned;
    diagonal[i + 1] = next + shift;
    g = cosine * turned - b;
  }
  diagonal[low] = (diagonal[low] as number) - shift;
  beside[low] = g;
  beside[high] = 0;
}
