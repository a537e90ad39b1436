/** The steps' counts of values that were not finite: running counts, of which only the growth is told. */

export class NonFiniteCounts {
  /** Counts when they were last read, by statistic. */
  readonly #seen = new Map<string, number>();

  /**
   * Statistics with all counts, those called `nonFinite...`, replaced by one: `gradNonFinite`, by how much they grew
   * (modulo 2^32) since they were last read.
   */
  summed(statistics: readonly (readonly [string, number])[]): Record<string, number> {
    let grown = 0;
    const others: Record<string, number> = {};
    for (const [name, value] of statistics) {
      if (!name.startsWith('nonFinite')) {
        others[name] = value;
        continue;
      }
      grown += (value - (this.#seen.get(name) ?? 0)) >>> 0;
      this.#seen.set(name, value);
    }
    return { ...others, gradNonFinite: grown };
  }
}
