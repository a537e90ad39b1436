/**
 * Pictures scored by texts: the cosine of their features, what fits best and worst, how the scores are spread, and
 * which of several texts fits each picture best. A feature of zeros (a picture that could not be read) has no score:
 * its place holds NaN, and it is left out everywhere.
 */

/**
 * @param features [N, d], rows of unit length or zero
 * @param text [d]
 * @returns cosine of each row with the text, [N]
 */
export function textCosines(features: Float32Array, text: Float32Array, d: number): Float32Array {
  const own = Math.hypot(...text);
  const cosines = new Float32Array(features.length / d);
  for (let row = 0; row < cosines.length; row += 1) {
    let product = 0;
    let square = 0;
    for (let j = 0, at = row * d; j < d; j += 1, at += 1) {
      const value = features[at] as number;
      product += value * (text[j] as number);
      square += value * value;
    }
    cosines[row] = square > 0 && own > 0 ? product / (Math.sqrt(square) * own) : NaN;
  }
  return cosines;
}

/**
 * Positions of the `count` highest scores, highest first; with `sign` -1 of the lowest, lowest first. Equal scores in
 * the order of their positions.
 */
export function extremes(scores: Float32Array, count: number, sign: 1 | -1 = 1): number[] {
  const found: number[] = [];
  if (count < 1) return found;
  for (let i = 0; i < scores.length; i += 1) {
    const score = sign * (scores[i] as number);
    if (
      Number.isNaN(score) ||
      (found.length === count && score <= sign * (scores[found[count - 1] as number] as number))
    )
      continue;
    let at = found.length;
    while (at > 0 && sign * (scores[found[at - 1] as number] as number) < score) at -= 1;
    found.splice(at, 0, i);
    if (found.length > count) found.pop();
  }
  return found;
}

/** Pictures in each of `bins` equal parts of [from, to]; what lies outside counts to the part at that end. */
export function histogram(scores: Float32Array, from: number, to: number, bins: number): number[] {
  const counts = Array.from({ length: bins }, () => 0);
  const scale = to > from ? bins / (to - from) : 0;
  for (const score of scores) {
    if (Number.isNaN(score)) continue;
    const bin = Math.max(0, Math.min(bins - 1, Math.floor((score - from) * scale)));
    counts[bin] = (counts[bin] as number) + 1;
  }
  return counts;
}

/** The score that half of the pictures stay below, or the mean of the two in the middle; NaN where there is none. */
export function medianOf(scores: Float32Array): number {
  const sorted = scores.filter((score) => !Number.isNaN(score)).toSorted();
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return NaN;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** How many pictures each text fits better than all others do. Of equally good ones the first counts. */
export function sharesOfTexts(scores: readonly Float32Array[]): number[] {
  const won = scores.map(() => 0);
  const pictures = scores[0]?.length ?? 0;
  for (let i = 0; i < pictures; i += 1) {
    let best = -1;
    for (let t = 0; t < scores.length; t += 1) {
      const score = scores[t]?.[i] as number;
      if (!Number.isNaN(score) && (best < 0 || score > (scores[best]?.[i] as number))) best = t;
    }
    if (best >= 0) won[best] = (won[best] as number) + 1;
  }
  return won;
}
