import { describe, expect, it } from 'vitest';
import { slotIndex } from '../shared/indices';
import { frameToDrop, SampleHistory, type SampleFrame } from './sampleHistory';

const frame = (iteration: number, bytes = 16): SampleFrame => ({
  iteration,
  kimg: iteration / 1000,
  columns: 1,
  rows: [slotIndex(0)],
  size: 2,
  rgba: new Uint8ClampedArray(bytes),
});

describe('SampleHistory', () => {
  it('keeps every frame while there is room', () => {
    const history = new SampleHistory({ frames: 10, bytes: 1e6 });
    for (let i = 1; i <= 10; i += 1) history.add(frame(i));
    expect(history.iterations()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('thins to a logarithmic spacing, with the first and the newest always there', () => {
    const history = new SampleHistory({ frames: 24, bytes: 1e9 });
    for (let i = 1; i <= 5000; i += 1) history.add(frame(i));
    const kept = history.iterations();
    expect(kept).toHaveLength(24);
    expect(kept[0]).toBe(1);
    expect(kept.at(-1)).toBe(5000);
    expect(kept.filter((iteration) => iteration <= 70).length).toBeGreaterThanOrEqual(8);
    const ratios = kept.slice(8).map((iteration, i) => iteration / (kept[i + 7] ?? iteration));
    expect(Math.max(...ratios)).toBeLessThan(3);
  });

  it('holds to the limit of bytes', () => {
    const history = new SampleHistory({ frames: 1000, bytes: 1000 });
    for (let i = 1; i <= 50; i += 1) history.add(frame(i, 100));
    expect(history.length).toBe(10);
    expect(history.at()?.iteration).toBe(50);
  });

  it('keeps the newest frame even when it alone exceeds the limit', () => {
    const history = new SampleHistory({ frames: 10, bytes: 50 });
    history.add(frame(1, 100));
    history.add(frame(2, 100));
    expect(history.iterations()).toEqual([1, 2]);
  });

  it('drops what lies after the point to which a run was restored', () => {
    const history = new SampleHistory();
    for (const i of [10, 20, 30, 40]) history.add(frame(i));
    history.add(frame(25));
    expect(history.iterations()).toEqual([10, 20, 25]);
  });

  it('clamps the index', () => {
    const history = new SampleHistory();
    expect(history.at()).toBeUndefined();
    history.add(frame(1));
    history.add(frame(2));
    expect(history.at(0)?.iteration).toBe(1);
    expect(history.at(99)?.iteration).toBe(2);
  });
});

describe('a history with a packer', () => {
  const packer = {
    pack: async (tiles: Uint8ClampedArray<ArrayBuffer>) => new Blob([tiles.subarray(0, 1)]),
    unpack: async (packed: Blob, size: number, tiles: number) =>
      new Uint8ClampedArray(size * size * 4 * tiles).fill(new Uint8Array(await packed.arrayBuffer())[0] ?? 0),
  };
  const filled = (iteration: number): SampleFrame => {
    const rgba = new Uint8ClampedArray(16).fill(iteration);
    return { ...frame(iteration), rgba, ...(iteration % 2 === 0 ? { raw: rgba.slice() } : {}) };
  };

  it('packs all but the newest few, and brings each back as it was', async () => {
    const history = new SampleHistory({ frames: 100, bytes: 1e6 }, packer);
    for (let i = 1; i <= 30; i += 1) history.add(filled(i));
    const before = history.bytes;
    await history.settled();
    expect(history.bytes).toBeLessThan(before / 3);
    expect(history.at(0)).toBeUndefined();
    expect(history.at()).toEqual(filled(30));
    expect(await history.load(0)).toEqual(filled(1));
    expect(history.at(0)).toEqual(filled(1));
    expect(await history.load(1)).toEqual(filled(2));
  });

  it('gives all frames packed, each the same object every time, and begins with those of an earlier visit', async () => {
    const history = new SampleHistory({ frames: 100, bytes: 1e6 }, packer);
    for (let i = 1; i <= 9; i += 1) history.add(filled(i));
    const packed = await history.packed();
    expect(packed.map(({ iteration }) => iteration)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await history.settled();
    expect((await history.packed()).every((each, i) => each === packed[i])).toBe(true);
    const later = new SampleHistory({ frames: 100, bytes: 1e6 }, packer);
    later.add(filled(50));
    later.restore(packed.slice(0, 6));
    later.add(filled(6));
    later.add(filled(12));
    expect(later.iterations()).toEqual([1, 2, 3, 4, 5, 6, 12]);
    expect(await later.load(3)).toEqual(filled(4));
  });

  it('gives nothing for a frame that can no longer be read', async () => {
    const history = new SampleHistory(
      { frames: 100, bytes: 1e6 },
      { ...packer, unpack: () => Promise.reject(new Error('gone')) },
    );
    for (let i = 1; i <= 9; i += 1) history.add(filled(i));
    await history.settled();
    expect(await history.load(0)).toBeUndefined();
  });

  it('keeps a frame as it is where it cannot be packed', async () => {
    const broken = { ...packer, pack: () => Promise.reject(new Error('no')) };
    const history = new SampleHistory({ frames: 100, bytes: 1e6 }, broken);
    for (let i = 1; i <= 12; i += 1) history.add(filled(i));
    await history.settled();
    expect(history.at(0)).toEqual(filled(1));
  });
});

describe('frameToDrop', () => {
  it('is the frame in the tightest spot on the logarithmic axis, never an end', () => {
    expect(frameToDrop([1, 2, 4, 8, 9, 10, 100])).toBe(4);
    expect(frameToDrop([1, 2, 3])).toBe(1);
  });
});
