/**
 * Smoothing of curves as dashboards do it: an exponential moving average that is corrected for its start (so that the
 * first values are not pulled to zero), with gaps left as gaps.
 */

/**
 * `weight` of the past in [0, 1); 0 returns the values unchanged. A gap (null) stays null and does not disturb the
 * average.
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  if (!(weight >= 0 && weight < 1)) throw new RangeError(`weight ${weight} is not in [0, 1)`);
  let average = 0;
  let mass = 0;
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return null;
    average = weight * average + (1 - weight) * value;
    mass = weight * mass + (1 - weight);
    return average / mass;
  });
}

/** At most `count` positions spread evenly over `length`, first and last among them; for the table behind a chart. */
export function spread(length: number, count: number): number[] {
  if (length <= count) return Array.from({ length }, (_, i) => i);
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - 1)) / (count - 1)));
}
