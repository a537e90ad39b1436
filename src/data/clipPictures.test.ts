import { describe, expect, it } from 'vitest';
import { ClipPictures } from './clipPictures';
import type { DecodeOutcome, SquarePicture } from './decode';
import { importPictures } from './decodePictures';
import { resizeSquare } from './resize';

const noise = (edge: number): Uint8Array =>
  Uint8Array.from({ length: 3 * edge * edge }, (_, i) => Math.imul(i + edge, 2654435761) >>> 24);
const square = (edge: number, original: boolean): SquarePicture => ({ rgb: noise(edge), edge, original });

describe('ClipPictures', () => {
  it('gives what it holds at its size, and originals at any', () => {
    const pictures = new ClipPictures(8);
    pictures.hold('resized', square(8, false));
    pictures.hold('own', square(6, true));
    expect(pictures.at('resized', 8)).toEqual(noise(8));
    expect(pictures.at('resized', 4)).toBeNull();
    expect(pictures.at('own', 8)).toEqual(resizeSquare(noise(6), 6, 8));
    expect(pictures.at('own', 4)).toEqual(resizeSquare(noise(6), 6, 4));
    expect(pictures.at('other', 8)).toBeNull();
  });

  it('wants nothing that is held, that CLIP has seen, or beyond its limit, and all of it once it is cleared', () => {
    const pictures = new ClipPictures(8, new Set(['seen']), 300);
    expect(['a', 'seen'].map(pictures.wants)).toEqual([true, false]);
    pictures.hold('a', square(8, false));
    pictures.hold('a', square(8, false));
    expect(['a', 'b'].map(pictures.wants)).toEqual([false, true]);
    pictures.hold('b', square(8, false));
    expect(pictures.wants('c')).toBe(false);
    pictures.clear();
    expect(pictures.at('a', 8)).toBeNull();
    expect(['a', 'b', 'c'].map(pictures.wants)).toEqual([true, true, true]);
  });

  it('bounds what an import holds, however many pictures there are', async () => {
    let made = 0;
    const decoder = {
      concurrency: 2,
      close: () => undefined,
      decode: async (file: Blob, _sizes: unknown, wants?: (hash: string) => unknown): Promise<DecodeOutcome> => {
        const hash = await file.text();
        const wanted = wants?.(hash) === true;
        made += Number(wanted);
        return { picture: { training: noise(2), clip: wanted ? square(8, false) : null, hash }, reason: null };
      },
    };
    const files = Array.from({ length: 500 }, (_, i) => ({ path: `${i}`, file: new Blob([`${i}`]) }));
    const pictures = new ClipPictures(8, new Set(), 20 * 192);
    expect((await importPictures(files, decoder, 2, {}, { clip: pictures })).count).toBe(500);
    // Those under way when the limit is reached come on top.
    expect(made).toBeGreaterThanOrEqual(20);
    expect(made).toBeLessThan(20 + 2 * decoder.concurrency);
  });
});
