/**
 * The kept history of sample grids in bounded memory: every grid at first, then those that are spread evenly over the
 * logarithm of the iteration, because pictures change fastest early in a run. The first and the newest grid are always
 * kept.
 */
import type { SlotIndex } from '../shared/indices';

/** One grid of fixed-seed samples: `rows.length x columns` tiles in row-major order, each `size x size` RGBA bytes. */
export interface SampleFrame {
  iteration: number;
  kimg: number;
  columns: number;
  /** Slot of each row. */
  rows: readonly SlotIndex[];
  /** Edge length of a tile in pixels. */
  size: number;
  rgba: Uint8ClampedArray<ArrayBuffer>;
}

export interface HistoryLimits {
  frames: number;
  bytes: number;
}

const defaultLimits: HistoryLimits = { frames: 160, bytes: 96e6 };

/**
 * Index of the frame to give up: the one whose neighbours lie closest together on the logarithmic axis; never the first
 * or the last. `iterations` is increasing and holds at least 3 entries.
 */
export function frameToDrop(iterations: readonly number[]): number {
  let best = 1;
  let bestGap = Infinity;
  for (let i = 1; i < iterations.length - 1; i += 1) {
    const gap = Math.log1p(iterations[i + 1] ?? 0) - Math.log1p(iterations[i - 1] ?? 0);
    if (gap < bestGap) {
      bestGap = gap;
      best = i;
    }
  }
  return best;
}

export class SampleHistory {
  revision = 0;
  private frames: SampleFrame[] = [];
  private bytes = 0;
  private listed: { revision: number; iterations: readonly number[] } = { revision: -1, iterations: [] };

  constructor(private readonly limits: HistoryLimits = defaultLimits) {}

  get length(): number {
    return this.frames.length;
  }

  /** The frame at `index`, oldest first; the newest one where `index` lies beyond the end or is not given. */
  at(index?: number): SampleFrame | undefined {
    const last = this.frames.length - 1;
    return this.frames[Math.max(0, Math.min(index ?? last, last))];
  }

  /** Iteration of each frame, oldest first; the same array as long as nothing was added. */
  iterations(): readonly number[] {
    if (this.listed.revision !== this.revision)
      this.listed = { revision: this.revision, iterations: this.frames.map((frame) => frame.iteration) };
    return this.listed.iterations;
  }

  /** Adds the newest frame; frames at or after its iteration (a restored run) are dropped first. */
  add(frame: SampleFrame): void {
    while (this.frames.length > 0 && (this.at()?.iteration ?? 0) >= frame.iteration)
      this.remove(this.frames.length - 1);
    this.frames.push(frame);
    this.bytes += frame.rgba.byteLength;
    while (this.frames.length > 2 && (this.frames.length > this.limits.frames || this.bytes > this.limits.bytes)) {
      this.remove(frameToDrop(this.frames.map((kept) => kept.iteration)));
    }
    this.revision += 1;
  }

  clear(): void {
    this.frames = [];
    this.bytes = 0;
    this.revision += 1;
  }

  private remove(index: number): void {
    const [gone] = this.frames.splice(index, 1);
    this.bytes -= gone?.rgba.byteLength ?? 0;
  }
}
