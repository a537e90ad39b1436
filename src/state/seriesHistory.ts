/**
 * Loss curves in bounded memory. Points are averaged in buckets of `stride` iterations; when the buffer is full,
 * neighbouring buckets are merged and the stride doubles, so a run of any length keeps between `capacity / 2` and
 * `capacity` points a series. A value that is missing or not finite in a whole bucket is a gap (null).
 */
import type { StatPoint } from '../shared/domain';

/** The curves at one moment: unchanging, and the same object as long as nothing was added. */
export interface Curves {
  /** Last iteration of each bucket. */
  iterations: readonly number[];
  /** Names of the series that were ever other than 0: an error count that stays 0 needs no curve. */
  eventful: readonly string[];
  /** Mean of `name` in each bucket, null where it has none. */
  values: (name: string) => readonly (number | null)[];
}

interface Column {
  mean: Float64Array;
  /** Finite values behind each mean; 0 marks a gap. */
  weight: Float64Array;
  eventful: boolean;
}

export class SeriesHistory {
  /** Increases with every change; screens compare it to know whether to redraw. */
  revision = 0;
  private readonly capacity: number;
  private readonly position: Float64Array;
  private readonly columns = new Map<string, Column>();
  /** Complete and started buckets. */
  private used = 0;
  private stride = 1;
  /** Points in the last bucket. */
  private filled = 0;
  private taken: { revision: number; curves: Curves } | null = null;

  constructor(capacity = 4096) {
    if (capacity < 4 || capacity % 2 !== 0) throw new RangeError(`capacity ${capacity} must be even and at least 4`);
    this.capacity = capacity;
    this.position = new Float64Array(capacity);
  }

  get length(): number {
    return this.used;
  }

  /** Names in the order of their first appearance. */
  get names(): string[] {
    return [...this.columns.keys()];
  }

  curves(): Curves {
    if (this.taken?.revision === this.revision) return this.taken.curves;
    const columns = new Map(this.names.map((name) => [name, this.values(name)]));
    const iterations = this.iterations();
    const gaps = iterations.map(() => null);
    const eventful = this.names.filter((name) => this.columns.get(name)?.eventful);
    const curves: Curves = { iterations, eventful, values: (name) => columns.get(name) ?? gaps };
    this.taken = { revision: this.revision, curves };
    return curves;
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
      const weight = (column.weight[bucket] ?? 0) + 1;
      const mean = column.mean[bucket] ?? 0;
      column.eventful ||= value !== 0;
      column.weight[bucket] = weight;
      column.mean[bucket] = mean + (value - mean) / weight;
    }
    this.revision += 1;
  }

  /** Last iteration of each bucket. */
  iterations(): number[] {
    return Array.from(this.position.subarray(0, this.used));
  }

  /** Mean of `name` in each bucket, null where it has none. */
  values(name: string): (number | null)[] {
    const column = this.columns.get(name);
    const values: (number | null)[] = [];
    for (let i = 0; i < this.used; i += 1)
      values.push(column && (column.weight[i] ?? 0) > 0 ? (column.mean[i] ?? null) : null);
    return values;
  }

  private rewind(iteration: number): void {
    while (this.used > 0 && (this.position[this.used - 1] ?? 0) >= iteration) {
      this.used -= 1;
      this.filled = this.stride;
    }
  }

  private openBucket(): void {
    if (this.used === this.capacity) this.halve();
    const bucket = this.used;
    for (const column of this.columns.values()) {
      column.mean[bucket] = 0;
      column.weight[bucket] = 0;
    }
    this.used += 1;
    this.filled = 0;
  }

  private halve(): void {
    const half = this.capacity / 2;
    for (let i = 0; i < half; i += 1) this.position[i] = this.position[2 * i + 1] ?? 0;
    for (const { mean, weight } of this.columns.values()) {
      for (let i = 0; i < half; i += 1) {
        const [a, b] = [weight[2 * i] ?? 0, weight[2 * i + 1] ?? 0];
        mean[i] = a + b > 0 ? ((mean[2 * i] ?? 0) * a + (mean[2 * i + 1] ?? 0) * b) / (a + b) : 0;
        weight[i] = a + b;
      }
    }
    this.used = half;
    this.stride *= 2;
  }

  private column(name: string): Column {
    const known = this.columns.get(name);
    if (known) return known;
    const column = { mean: new Float64Array(this.capacity), weight: new Float64Array(this.capacity), eventful: false };
    this.columns.set(name, column);
    return column;
  }
}
