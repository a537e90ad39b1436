/**
 * Least, greatest and mean value over blocks of 16, 256, 4,096 ... points of one series, so that a view of a million
 * points is made from a few thousand numbers. Blocks are added when they are complete; NaN is a gap.
 */

const fanOut = 16;

/** What a stretch of points comes to. `count` is the number of values in it; with 0 of them it is a gap. */
export interface Extent {
  low: number;
  high: number;
  sum: number;
  count: number;
}

export const noExtent = (): Extent => ({ low: Infinity, high: -Infinity, sum: 0, count: 0 });

function take(extent: Extent, low: number, high: number, sum: number, count: number): void {
  if (low < extent.low) extent.low = low;
  if (high > extent.high) extent.high = high;
  extent.sum += sum;
  extent.count += count;
}

interface Level {
  low: Float32Array;
  high: Float32Array;
  sum: Float32Array;
  count: Float32Array;
  used: number;
}

function room(length: number): Level {
  const array = () => new Float32Array(length);
  return { low: array(), high: array(), sum: array(), count: array(), used: 0 };
}

function grown(level: Level): Level {
  const larger = room(2 * level.low.length);
  for (const key of ['low', 'high', 'sum', 'count'] as const) larger[key].set(level[key]);
  larger.used = level.used;
  return larger;
}

export class SeriesPyramid {
  private readonly levels: Level[] = [];

  /** Forgets the blocks that reach beyond `length` points. */
  truncate(length: number): void {
    let block = fanOut;
    for (const level of this.levels) {
      level.used = Math.min(level.used, Math.floor(length / block));
      block *= fanOut;
    }
  }

  /** Adds the blocks that `values` completes in its first `length` points. */
  extend(values: Float32Array, length: number): void {
    for (let depth = 0, blocks = Math.floor(length / fanOut); blocks > 0; depth += 1) {
      let level = (this.levels[depth] ??= room(64));
      while (level.used < blocks) {
        if (level.used === level.low.length) this.levels[depth] = level = grown(level);
        const extent = noExtent();
        this.addBlock(extent, values, depth, level.used);
        level.low[level.used] = extent.low;
        level.high[level.used] = extent.high;
        level.sum[level.used] = extent.sum;
        level.count[level.used] = extent.count;
        level.used += 1;
      }
      blocks = Math.floor(blocks / fanOut);
    }
  }

  /** The points from `from` up to, not including, `to` taken together. */
  extent(values: Float32Array, from: number, to: number): Extent {
    const extent = noExtent();
    let at = from;
    while (at < to) {
      let block = 1;
      let depth = -1;
      // The largest complete block that begins here and ends in time.
      while (
        at % (block * fanOut) === 0 &&
        at + block * fanOut <= to &&
        (at + block * fanOut) / (block * fanOut) <= (this.levels[depth + 1]?.used ?? 0)
      ) {
        block *= fanOut;
        depth += 1;
      }
      if (depth < 0) addValue(extent, values[at] ?? Number.NaN);
      else this.addStored(extent, depth, at / block);
      at += block;
    }
    return extent;
  }

  private addBlock(extent: Extent, values: Float32Array, depth: number, index: number): void {
    for (let i = index * fanOut; i < (index + 1) * fanOut; i += 1) {
      if (depth === 0) addValue(extent, values[i] ?? Number.NaN);
      else this.addStored(extent, depth - 1, i);
    }
  }

  private addStored(extent: Extent, depth: number, index: number): void {
    const level = this.levels[depth];
    if (!level) return;
    const count = level.count[index] ?? 0;
    if (count > 0) take(extent, level.low[index] ?? 0, level.high[index] ?? 0, level.sum[index] ?? 0, count);
  }
}

function addValue(extent: Extent, value: number): void {
  if (!Number.isNaN(value)) take(extent, value, value, value, 1);
}
