/**
 * The statistics of a run as curves: a million points a series at four bytes each, and views of any stretch of them
 * that hold the least, the greatest and the mean value of each of a few hundred buckets (`seriesPyramid.ts`), so that
 * no spike is lost. Beyond a million, neighbouring points are merged into their mean and the stride doubles. A value
 * that is missing or not finite is a gap (null).
 */
import type { StatPoint } from '../shared/domain';
import { SeriesPyramid } from './seriesPyramid';

/** A stretch of the curves at one moment: unchanging. All lists are as long as `iterations`. */
export interface Curves {
  /** Last iteration of each bucket. */
  iterations: readonly number[];
  /** Names of the series that were ever other than 0: an error count that stays 0 needs no curve. */
  eventful: readonly string[];
  /** Mean of `name` in each bucket, null where it has none. */
  values: (name: string) => readonly (number | null)[];
  /** Least and greatest value of `name` in each bucket. */
  low: (name: string) => readonly (number | null)[];
  high: (name: string) => readonly (number | null)[];
}

/** Iterations from `from` to `to`, both included. */
export interface Span {
  from: number;
  to: number;
}

interface Column {
  values: Float32Array;
  /** Finite values behind the mean in the last, open bucket. */
  weight: number;
  eventful: boolean;
  pyramid: SeriesPyramid;
}

/** Buckets of the view that `curves` gives. */
const overviewPoints = 4096;
const roomAtFirst = 4096;

export class SeriesHistory {
  /** Increases with every change; screens compare it to know whether to redraw. */
  revision = 0;
  private position: Float64Array;
  private readonly columns = new Map<string, Column>();
  /** Complete and started buckets. */
  private used = 0;
  private stride = 1;
  /** Points in the last bucket. */
  private filled = 0;
  private taken: { revision: number; curves: Curves } | null = null;

  constructor(private readonly capacity = 2 ** 20) {
    if (capacity < 4 || capacity % 2 !== 0) throw new RangeError(`capacity ${capacity} must be even and at least 4`);
    this.position = new Float64Array(Math.min(capacity, roomAtFirst));
  }

  get length(): number {
    return this.used;
  }

  /** Names in the order of their first appearance. */
  get names(): string[] {
    return [...this.columns.keys()];
  }

  /** The iterations of the first and the last point; null before there is one. */
  get span(): Span | null {
    return this.used > 0 ? { from: this.position[0] ?? 0, to: this.position[this.used - 1] ?? 0 } : null;
  }

  /** The whole run in at most 4,096 points: the same object as long as nothing was added. */
  curves(): Curves {
    if (this.taken?.revision === this.revision) return this.taken.curves;
    const curves = this.view(null, overviewPoints);
    this.taken = { revision: this.revision, curves };
    return curves;
  }

  /**
   * A stretch in at most about `points` buckets. Their edges stay where they are while points are added, so that a
   * curve that grows does not shimmer. @param span null for the whole run
   */
  view(span: Span | null, points: number): Curves {
    const first = span ? Math.max(0, this.find(span.from) - 1) : 0;
    const end = span ? Math.min(this.used, this.find(span.to + 1) + 1) : this.used;
    const bucket = 2 ** Math.max(0, Math.ceil(Math.log2((end - first) / points)));
    const edges: number[] = [];
    for (let at = Math.floor(first / bucket) * bucket; at < end; at += bucket) edges.push(Math.max(at, first));
    edges.push(end);
    const starts = edges.slice(0, -1);
    const iterations = starts.map((_, i) => this.position[(edges[i + 1] ?? end) - 1] ?? 0);
    const made = new Map<string, { mean: (number | null)[]; low: (number | null)[]; high: (number | null)[] }>();
    const extents = this.names.map((name) => {
      const column = this.column(name);
      column.pyramid.extend(column.values, this.used - 1);
      return [name, starts.map((at, i) => column.pyramid.extent(column.values, at, edges[i + 1] ?? end))] as const;
    });
    for (const [name, each] of extents) {
      made.set(name, {
        mean: each.map(({ sum, count }) => (count > 0 ? sum / count : null)),
        low: each.map(({ low, count }) => (count > 0 ? low : null)),
        high: each.map(({ high, count }) => (count > 0 ? high : null)),
      });
    }
    const gaps = iterations.map(() => null);
    return {
      iterations,
      eventful: this.names.filter((name) => this.columns.get(name)?.eventful),
      values: (name) => made.get(name)?.mean ?? gaps,
      low: (name) => made.get(name)?.low ?? gaps,
      high: (name) => made.get(name)?.high ?? gaps,
    };
  }

  clear(): void {
    this.columns.clear();
    this.used = 0;
    this.stride = 1;
    this.filled = 0;
    this.revision += 1;
  }

  /**
   * Adds one point. Points at or after its iteration (a run that was restored from an earlier state) are dropped first.
   */
  append(point: StatPoint): void {
    this.rewind(point.iteration);
    if (this.used === 0 || this.filled >= this.stride) this.openBucket();
    const bucket = this.used - 1;
    this.position[bucket] = point.iteration;
    this.filled += 1;
    for (const [name, value] of Object.entries(point.values)) {
      if (!Number.isFinite(value)) continue;
      const column = this.column(name);
      const mean = column.weight > 0 ? (column.values[bucket] ?? 0) : 0;
      column.eventful ||= value !== 0;
      column.weight += 1;
      column.values[bucket] = mean + (value - mean) / column.weight;
    }
    this.revision += 1;
  }

  /** Position of the first point at or after `iteration`. */
  private find(iteration: number): number {
    let [low, high] = [0, this.used];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.position[middle] ?? 0) < iteration) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private rewind(iteration: number): void {
    const before = this.used;
    while (this.used > 0 && (this.position[this.used - 1] ?? 0) >= iteration) {
      this.used -= 1;
      this.filled = this.stride;
    }
    if (this.used < before) for (const { pyramid } of this.columns.values()) pyramid.truncate(this.used);
  }

  private openBucket(): void {
    if (this.used === this.capacity) this.halve();
    if (this.used === this.position.length) this.grow();
    for (const column of this.columns.values()) {
      column.values[this.used] = Number.NaN;
      column.weight = 0;
    }
    this.used += 1;
    this.filled = 0;
  }

  private grow(): void {
    const length = Math.min(this.capacity, 2 * this.position.length);
    const position = new Float64Array(length);
    position.set(this.position);
    this.position = position;
    for (const column of this.columns.values()) {
      const values = new Float32Array(length).fill(Number.NaN);
      values.set(column.values);
      column.values = values;
    }
  }

  private halve(): void {
    const half = this.capacity / 2;
    for (let i = 0; i < half; i += 1) this.position[i] = this.position[2 * i + 1] ?? 0;
    for (const column of this.columns.values()) {
      const { values } = column;
      for (let i = 0; i < half; i += 1) {
        const [a, b] = [values[2 * i] ?? Number.NaN, values[2 * i + 1] ?? Number.NaN];
        values[i] = Number.isNaN(a) ? b : Number.isNaN(b) ? a : (a + b) / 2;
      }
      values.fill(Number.NaN, half);
      column.pyramid = new SeriesPyramid();
    }
    this.used = half;
    this.stride *= 2;
  }

  private column(name: string): Column {
    const known = this.columns.get(name);
    if (known) return known;
    const values = new Float32Array(this.position.length).fill(Number.NaN);
    const column = { values, weight: 0, eventful: false, pyramid: new SeriesPyramid() };
    this.columns.set(name, column);
    return column;
  }
}
