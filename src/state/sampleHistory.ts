/**
 * The kept history of sample grids in bounded memory: every grid at first, then those that are spread evenly over the
 * logarithm of the iteration, because pictures change fastest early in a run. The first and the newest grid are always
 * kept. All but the newest few are packed as picture files, without loss, and unpacked when they are looked at.
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
  /** The same tiles without the moving average, where they were asked for at the time. */
  raw?: Uint8ClampedArray<ArrayBuffer>;
}

/** Packs opaque RGBA tiles of one edge length into fewer bytes, and back to the very same. */
export interface TilePacker {
  pack(tiles: Uint8ClampedArray<ArrayBuffer>, size: number): Promise<Blob>;
  unpack(packed: Blob, size: number, tiles: number): Promise<Uint8ClampedArray<ArrayBuffer>>;
}

export interface HistoryLimits {
  frames: number;
  bytes: number;
}

/** A frame whose pixels are packed. */
export interface PackedFrame extends Omit<SampleFrame, 'rgba' | 'raw'> {
  rgba: Blob;
  raw: Blob | null;
}

type Kept = SampleFrame | PackedFrame;

const defaultLimits: HistoryLimits = { frames: 400, bytes: 128e6 };
/** Newest frames that stay as they are, and unpacked ones that are kept for scrubbing to and fro. */
const unpackedFrames = 6;
const cachedFrames = 12;

const isPacked = (frame: Kept): frame is PackedFrame => frame.rgba instanceof Blob;
const bytesOf = (frame: Kept): number =>
  isPacked(frame) ? frame.rgba.size + (frame.raw?.size ?? 0) : frame.rgba.byteLength + (frame.raw?.byteLength ?? 0);

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
  private frames: Kept[] = [];
  /** Frames that were unpacked, the one used last at the end. */
  private cache: { packed: PackedFrame; frame: SampleFrame }[] = [];
  private packing: Promise<void> | null = null;
  /** Frames that are packed, or being packed, in copy. */
  private readonly copies = new WeakMap<SampleFrame, Promise<PackedFrame>>();
  private listed: { revision: number; iterations: readonly number[] } = { revision: -1, iterations: [] };

  constructor(
    private readonly limits: HistoryLimits = defaultLimits,
    private readonly packer: TilePacker | null = null,
  ) {}

  get length(): number {
    return this.frames.length;
  }

  /** Bytes of all frames as they are kept. */
  get bytes(): number {
    return this.frames.reduce((sum, frame) => sum + bytesOf(frame), 0);
  }

  /**
   * The frame at `index`, oldest first, or the newest one where `index` lies beyond the end or is not given; undefined
   * where there is none, or where it is packed (`load` it then).
   */
  at(index?: number): SampleFrame | undefined {
    const kept = this.frames[this.clamped(index)];
    if (!kept || !isPacked(kept)) return kept;
    return this.cache.find(({ packed }) => packed === kept)?.frame;
  }

  /** The same, unpacked where it has to be; undefined, too, where it can no longer be read. */
  async load(index?: number): Promise<SampleFrame | undefined> {
    const here = this.at(index);
    const kept = this.frames[this.clamped(index)];
    if (here || !kept || !isPacked(kept) || !this.packer) return here;
    const frame = await unpack(this.packer, kept).catch(() => undefined);
    if (!frame) return undefined;
    this.cache.push({ packed: kept, frame });
    if (this.cache.length > cachedFrames) this.cache.shift();
    return frame;
  }

  /** All frames as they are now, packed, oldest first, without those that cannot be packed. A frame's copy stays the same object. */
  async packed(): Promise<PackedFrame[]> {
    const copies = await Promise.all(
      this.frames.map((frame) => (isPacked(frame) ? frame : this.copyOf(frame).catch(() => null))),
    );
    return copies.filter((copy) => copy !== null);
  }

  /** Begins with the frames of an earlier visit. @param frames oldest first */
  restore(frames: readonly PackedFrame[]): void {
    this.clear();
    this.frames.push(...frames);
  }

  /** Iteration of each frame, oldest first; the same array as long as nothing was added. */
  iterations(): readonly number[] {
    if (this.listed.revision !== this.revision)
      this.listed = { revision: this.revision, iterations: this.frames.map((frame) => frame.iteration) };
    return this.listed.iterations;
  }

  /** Adds the newest frame; frames at or after its iteration (a restored run) are dropped first. */
  add(frame: SampleFrame): void {
    while (this.frames.length > 0 && (this.frames.at(-1)?.iteration ?? 0) >= frame.iteration) this.frames.pop();
    this.frames.push(frame);
    while (this.frames.length > 2 && (this.frames.length > this.limits.frames || this.bytes > this.limits.bytes))
      this.frames.splice(frameToDrop(this.frames.map((kept) => kept.iteration)), 1);
    this.revision += 1;
    this.packing ??= this.packOld().finally(() => {
      this.packing = null;
    });
  }

  clear(): void {
    this.frames = [];
    this.cache = [];
    this.revision += 1;
  }

  /** Settles when all that is old is packed. */
  async settled(): Promise<void> {
    await this.packing;
  }

  private clamped(index: number | undefined): number {
    const last = this.frames.length - 1;
    return Math.max(0, Math.min(index ?? last, last));
  }

  private copyOf(frame: SampleFrame): Promise<PackedFrame> {
    const { packer } = this;
    const copy = this.copies.get(frame) ?? (packer ? pack(packer, frame) : Promise.reject(new Error('no packer')));
    this.copies.set(frame, copy);
    return copy;
  }

  /** One frame after the other, oldest first. A frame that cannot be packed stays as it is. */
  private async packOld(): Promise<void> {
    if (!this.packer) return;
    const tried = new Set<Kept>();
    // What is added in the same breath is seen by the first look.
    await Promise.resolve();
    for (;;) {
      const frame = this.frames.slice(0, -unpackedFrames).find((each) => !isPacked(each) && !tried.has(each));
      if (!frame || isPacked(frame)) return;
      tried.add(frame);
      const packed = await this.copyOf(frame).catch(() => null);
      const index = this.frames.indexOf(frame);
      if (packed && index >= 0) this.frames[index] = packed;
    }
  }
}

async function unpack(packer: TilePacker, { rgba, raw, ...shape }: PackedFrame): Promise<SampleFrame> {
  const tiles = shape.rows.length * shape.columns;
  const unpacked = { ...shape, rgba: await packer.unpack(rgba, shape.size, tiles) };
  return raw ? { ...unpacked, raw: await packer.unpack(raw, shape.size, tiles) } : unpacked;
}

async function pack(packer: TilePacker, frame: SampleFrame): Promise<PackedFrame> {
  const { rgba, raw, ...shape } = frame;
  return {
    ...shape,
    rgba: await packer.pack(rgba, frame.size),
    raw: raw ? await packer.pack(raw, frame.size) : null,
  };
}
