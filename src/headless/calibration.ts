/**
 * How far probabilities of answers can be believed: their expected calibration error (Naeini, Cooper, Hauskrecht, AAAI
 * 2015), over ten bins of equal width.
 */

const BINS = 10;

export class Calibration {
  private readonly claimed = new Float64Array(BINS);
  private readonly right = new Float64Array(BINS);
  private count = 0;

  /** @param probability that the answer is right, in [0, 1] */
  add(probability: number, right: boolean): void {
    const bin = Math.min(BINS - 1, Math.floor(probability * BINS));
    this.claimed[bin] = (this.claimed[bin] as number) + probability;
    if (right) this.right[bin] = (this.right[bin] as number) + 1;
    this.count += 1;
  }

  /**
   * Mean over the answers of the distance, in their bin, of the mean probability from the share that is right, in [0,
   * 1]; null without answers. Few answers in a bin add their own scatter: pool draws before reading it.
   */
  get error(): number | null {
    if (this.count === 0) return null;
    const distance = this.claimed.reduce(
      (sum, claimed, bin) => sum + Math.abs(claimed - (this.right[bin] as number)),
      0,
    );
    return distance / this.count;
  }
}
