import { describe, expect, it } from 'vitest';
import type { FrozenClip } from '../../clip/frozen';
import type { ClipModel } from '../../clip/model';
import { MemoryBlobStore } from '../../data/blobStore';
import type { DecodeOutcome, ImageDecoder } from '../../data/decode';
import { computeFeatures } from './clipFeatures';
import type { ImportedDataset } from '../run/importDataset';
import type { SessionPorts } from '../sessionPorts';
import type { Event } from '../protocol/events';
import { RunControl, RunStopped } from '../run/runControl';

const SIZE = 2;
const model = {
  id: 'file:ab',
  dim: 3,
  imageSize: SIZE,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  hash: 'ab'.repeat(32),
  vision: new Uint8Array(),
} as unknown as ClipModel;
const hash = (i: number): string => i.toString(16).padStart(64, '0');

/**
 * Pictures 0 .. n-1, told apart by their color; a decoder that counts what it has handed out and what was not yet
 * looked at.
 */
class World implements ImageDecoder {
  readonly concurrency = 4;
  readonly events: Event[] = [];
  decoded = 0;
  encoded = 0;
  mostWaiting = 0;
  /** Called after each batch. */
  onBatch: () => void | Promise<void> = () => undefined;
  unreadable = new Set<number>();
  readonly clip: FrozenClip;
  readonly ports: SessionPorts;

  constructor(readonly store = new MemoryBlobStore()) {
    this.clip = {
      hasText: false,
      rows: 16,
      encodeImages: async (pixels) => {
        const rows = pixels.length / (3 * SIZE * SIZE);
        this.encoded += rows / 2;
        await this.onBatch();
        return Float32Array.from(
          { length: rows * 3 },
          (_, i) => 1 + (pixels[Math.floor(i / 3) * 3 * SIZE * SIZE + (i % 3) * SIZE * SIZE] ?? 0),
        );
      },
      encodeTexts: () => Promise.reject(new Error('no text')),
      padTexts: () => undefined,
      close: () => Promise.resolve(),
    };
    this.ports = {
      gpu: undefined,
      openDecoder: () => this,
      clipIo: { open: () => Promise.reject(new Error('no network')) },
      store,
      emit: (event) => void this.events.push(event),
    };
  }

  async decode(file: Blob): Promise<DecodeOutcome> {
    const index = Number(await file.text());
    if (this.unreadable.has(index)) return { picture: null, reason: 'gone' };
    this.decoded += 1;
    this.mostWaiting = Math.max(this.mostWaiting, this.decoded - this.encoded);
    const color = [index & 255, index >> 8, 77];
    return {
      picture: {
        training: new Uint8Array(3),
        clip: {
          rgb: Uint8Array.from({ length: 3 * SIZE * SIZE }, (_, i) => color[i % 3] ?? 0),
          edge: SIZE,
          original: false,
        },
        hash: hash(index),
      },
      reason: null,
    };
  }

  close(): void {
    this.decoded = this.encoded;
  }

  dataset(count: number): ImportedDataset {
    const items = Array.from({ length: count }, (_, i) => ({
      path: `${i}.png`,
      file: new Blob([String(i)]),
      label: -1,
    }));
    return {
      items,
      hashes: items.map((_, i) => hash(i)),
      summary: { resolution: 1 },
      clipPictures: null,
    } as unknown as ImportedDataset;
  }

  compute(count: number, control = new RunControl(), clip = model): Promise<Float32Array> {
    return computeFeatures(this.ports, clip, this.clip, this.dataset(count), control);
  }

  last(): { done: number; total: number } {
    const progress = this.events.filter((event) => event.type === 'progress');
    return progress.at(-1) ?? { done: -1, total: -1 };
  }
}

describe('computeFeatures', () => {
  it('gives unit rows in the order of the data set, holding few pictures at a time', async () => {
    const world = new World();
    const features = await world.compute(3000);
    expect(features.length).toBe(9000);
    for (const i of [0, 1, 700, 2999]) {
      const row = [1 + (i & 255) / 255, 1 + (i >> 8) / 255, 1 + 77 / 255];
      row.forEach((value, c) => expect(features[i * 3 + c]).toBeCloseTo(value / Math.hypot(...row), 5));
    }
    expect(world.mostWaiting).toBeLessThanOrEqual(8 + 2 * world.concurrency);
    expect(world.last()).toMatchObject({ done: 3000, total: 3000 });
  });

  it('keeps what it saw over each colour that lies behind transparent parts, apart from the others', async () => {
    const world = new World();
    const over = (matte: `#${string}`): Promise<Float32Array> =>
      computeFeatures(world.ports, model, world.clip, { ...world.dataset(20), matte }, new RunControl());
    await over('#00ff80');
    await over('#00ff80');
    expect(world.encoded).toBe(20);
    await over('#00ff81');
    expect(world.encoded).toBe(40);
  });

  it('stops between two batches, and the next time computes only what was missing', async () => {
    const world = new World();
    const control = new RunControl();
    world.onBatch = () => {
      if (world.encoded >= 400) control.stop();
    };
    await expect(world.compute(1000, control)).rejects.toBeInstanceOf(RunStopped);
    expect(world.encoded).toBe(400);
    const again = new World(world.store);
    const features = await again.compute(1000);
    expect(again.encoded).toBe(600);
    expect(again.events.find((event) => event.type === 'progress' && event.done === 400)).toBeDefined();
    expect(features).toEqual(await new World().compute(1000));
  });

  it('loses little when the tab dies: what was stored before is taken up', async () => {
    const world = new World();
    const dead = new Promise<void>(() => undefined);
    const died = new Promise<void>((resolve) => {
      world.onBatch = () => {
        if (world.encoded < 600) return undefined;
        resolve();
        return dead;
      };
    });
    void world.compute(1000);
    await died;
    const again = new World(world.store);
    await again.compute(1000);
    expect(again.encoded).toBe(1000 - 512);
  });

  it('rests while paused, and goes on where it was', async () => {
    const world = new World();
    const control = new RunControl();
    let paused: Promise<void> | null = null;
    world.onBatch = () => {
      if (world.encoded === 80) paused = control.pause();
    };
    const features = world.compute(160, control);
    await expect.poll(() => paused).not.toBeNull();
    await paused;
    await new Promise((resolve) => {
      setTimeout(resolve, 60);
    });
    expect(world.encoded).toBe(80);
    control.resume();
    expect(await features).toEqual(await new World().compute(160));
    expect(world.encoded).toBe(160);
  });

  it('asks nothing where all is known', async () => {
    const world = new World();
    await world.compute(50);
    const again = new World(world.store);
    await again.compute(50);
    expect([again.encoded, again.decoded]).toEqual([0, 0]);
    expect(again.last()).toMatchObject({ done: 50, total: 50 });
  });

  it('keeps apart what the same model gives with another normalisation or size', async () => {
    const world = new World();
    await world.compute(20);
    await world.compute(20, new RunControl(), { ...model, std: [1, 1, 2] });
    expect(world.encoded).toBe(40);
    await world.compute(20, new RunControl(), { ...model, imageSize: SIZE });
    expect(world.encoded).toBe(40);
  });

  it('says which pictures are gone, and gives them zeros', async () => {
    const world = new World();
    world.unreadable.add(7);
    const features = await world.compute(20);
    expect([...features.subarray(21, 24)]).toEqual([0, 0, 0]);
    expect(world.events.find((event) => event.type === 'notice')).toMatchObject({
      code: 'pictures-gone',
      text: expect.stringContaining('7.png') as string,
    });
  });
});
