/**
 * How often a lost GPU is worth another try: a GPU that goes away again and again is not to be trusted with more hours
 * of work.
 */

export const restoreLimits = { times: 3, windowMs: 10 * 60_000 } as const;

export class RestoreBudget {
  private spent: number[] = [];

  /** @param times tries within the window */
  constructor(
    private readonly now: () => number = () => performance.now(),
    readonly times: number = restoreLimits.times,
  ) {}

  /** Takes one try; false where all tries of the last ten minutes are used up. */
  take(): boolean {
    const time = this.now();
    this.spent = this.spent.filter((at) => time - at < restoreLimits.windowMs);
    if (this.spent.length >= this.times) return false;
    this.spent.push(time);
    return true;
  }
}
