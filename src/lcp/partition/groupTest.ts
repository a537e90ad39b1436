/**
 * Whether two groups of weighted numbers differ by more than chance: means and variances of many numbers at once, and
 * the difference that chance alone would pass rarely enough.
 */

/** Weighted means and variances of several numbers at once. */
export class Moments {
  private mass = 0;
  private squares = 0;
  private readonly first: Float64Array;
  private readonly second: Float64Array;

  constructor(count: number) {
    this.first = new Float64Array(count);
    this.second = new Float64Array(count);
  }

  add(values: readonly number[], weight: number): void {
    this.mass += weight;
    this.squares += weight * weight;
    values.forEach((value, i) => {
      this.first[i] = (this.first[i] as number) + weight * value;
      this.second[i] = (this.second[i] as number) + weight * value * value;
    });
  }

  /** How many pictures of equal weight would say as much. */
  get effective(): number {
    return this.squares > 0 ? this.mass ** 2 / this.squares : 0;
  }

  mean(i: number): number {
    return (this.first[i] as number) / this.mass;
  }

  variance(i: number): number {
    return Math.max(0, (this.second[i] as number) / this.mass - this.mean(i) ** 2);
  }
}

export interface GroupDifference {
  /** Difference of the means in spreads inside the groups. */
  effect: number;
  /** The same in standard errors. */
  z: number;
}

/** How far `own` lies above `rest` in number `i`; zero where neither spreads. */
export function groupDifference(own: Moments, rest: Moments, i: number): GroupDifference {
  const both = own.effective + rest.effective;
  const spread = Math.sqrt((own.variance(i) * own.effective + rest.variance(i) * rest.effective) / both);
  const effect = spread > 0 ? (own.mean(i) - rest.mean(i)) / spread : 0;
  return { effect, z: effect / Math.sqrt(1 / own.effective + 1 / rest.effective) };
}

/** Student's quantile from the normal one: the first term of its expansion in 1 / freedom. */
export function studentQuantile(normal: number, freedom: number): number {
  return normal * (1 + (normal * normal + 1) / (4 * freedom));
}

/** z with P(Z > z) = p for a standard normal Z and p in (0, 0.5]: bisection on the tail of the error function. */
export function tailQuantile(p: number): number {
  let [low, high] = [0, 40];
  for (let i = 0; i < 60; i += 1) {
    const middle = (low + high) / 2;
    if (normalTail(middle) > p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(Z > z), z >= 0: Mills' ratio as a continued fraction, with the series where that is slow. */
function normalTail(z: number): number {
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z < 2) {
    let [term, sum] = [z, z];
    for (let k = 1; k < 60; k += 1) {
      term *= (z * z) / (2 * k + 1);
      sum += term;
    }
    return 0.5 - density * sum;
  }
  let fraction = z;
  for (let k = 60; k >= 1; k -= 1) fraction = z + k / fraction;
  return density / fraction;
}
