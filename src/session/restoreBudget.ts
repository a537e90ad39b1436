/** How often a lost GPU is worth another try: a GPU that goes away again and again is not to be trusted with more hours of work. */

export const restoreLimits = { times: 3, windowMs: 10 * 60_000 } as const;

export class RestoreBudget {
  private spent: number[] = [];

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Takes one try; false where all tries of the last ten minutes are used up. */
  take(): boolean {
    const time = this.now();
    this.spent = this.spent.filter((at) => time - at < restoreLimits.windowMs);
    if (this.spent.length >= restoreLimits.times) return false;
    this.spent.push(time);
    return true;
  }
}
