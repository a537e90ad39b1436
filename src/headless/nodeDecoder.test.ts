import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { squareAt } from '../data/clipPictures';
import { decodePictures, importPictures } from '../data/decodePictures';
import { cropOver, resizeSquare } from '../data/resize';
import { decodePicture } from '../data/decode';
import { inspectPicture, reasons } from '../data/sniff';
import { heic } from './edgePictures.testing';
import { NodeDecoder } from './nodeDecoder';

const decoder = new NodeDecoder();
const rgba = Uint8Array.from({ length: 50 * 40 * 4 }, (_, i) => (i * 2654435761) >>> 24);
const source = () => sharp(rgba, { raw: { width: 50, height: 40, channels: 4 } });
const file = (bytes: Uint8Array | string): Blob =>
  new Blob([typeof bytes === 'string' ? bytes : new Uint8Array(bytes)]);
const sizes = { training: 32, clip: 64 };
const flat = () => sharp({ create: { width: 8, height: 8, channels: 3, background: { r: 90, g: 90, b: 90 } } });
const png = async (): Promise<Buffer> => source().png().toBuffer();

describe('NodeDecoder', () => {
  it('gives exactly the resized pixels of a lossless picture, and its hash', async () => {
    const bytes = await png();
    const { picture } = await decoder.decode(file(bytes), sizes);
    const { rgb, edge } = cropOver({ width: 50, height: 40, data: rgba });
    expect(picture?.training).toEqual(resizeSquare(rgb, edge, 32));
    // Smaller than CLIP's input: as it is, and exactly what decoding to that size gives once it is asked for.
    expect(picture?.clip).toEqual({ rgb, edge, original: true });
    expect(picture?.clip && squareAt(picture.clip, 64)).toEqual(resizeSquare(rgb, edge, 64));
    const small = (await decoder.decode(file(bytes), { training: 32, clip: 24 })).picture?.clip;
    expect(small).toEqual({ rgb: resizeSquare(rgb, edge, 24), edge: 24, original: false });
    expect(small && squareAt(small, 16)).toBeNull();
    expect(picture?.hash).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect((await decoder.decode(file(bytes), { training: 32, clip: null })).picture?.clip).toBeNull();
  });

  it('reads grey, palette and 16-bit pictures as RGB', async () => {
    const versions = [
      flat().toColourspace('b-w').png(),
      flat().png({ palette: true }),
      flat().toColourspace('rgb16').png(),
      flat().gif(),
      flat().webp({ lossless: true }),
    ];
    for (const version of versions) {
      const { picture, reason } = await decoder.decode(file(await version.toBuffer()), { training: 8, clip: null });
      expect(reason).toBeNull();
      expect(new Set(picture?.training)).toEqual(new Set([90]));
    }
  });

  it('says of which only the first page or frame counts, and what was laid over white', async () => {
    const notes = async (bytes: Buffer): Promise<unknown> =>
      (await decoder.decode(file(bytes), { training: 8, clip: null })).picture?.notes;
    const film = sharp(Buffer.from(Array.from({ length: 8 * 16 * 3 }, (_, i) => (i * 7) % 256)), {
      raw: { width: 8, height: 16, channels: 3, pageHeight: 8 },
    });
    expect(await notes(await film.clone().gif({ loop: 0 }).toBuffer())).toEqual(['frames']);
    expect(await notes(await film.clone().webp({ loop: 0 }).toBuffer())).toEqual(['frames']);
    expect(await notes(await png())).toEqual(['transparent']);
    for (const single of [flat().png(), flat().webp(), flat().gif(), flat().tiff()])
      expect(await notes(await single.toBuffer())).toBeUndefined();

    // Two pages: the second directory is a copy of the first; as a reduced copy it is none.
    const tiff = await flat().tiff({ compression: 'none' }).toBuffer();
    const at = tiff.readUInt32LE(4);
    const end = at + 2 + 12 * tiff.readUInt16LE(at);
    const stack = (kind: number): Buffer => {
      const second = Buffer.concat([Buffer.from([1, 0, 254, 0, 4, 0, 1, 0, 0, 0, kind, 0, 0, 0]), Buffer.alloc(4)]);
      const out = Buffer.concat([tiff, second]);
      out.writeUInt32LE(tiff.length, end);
      return out;
    };
    expect([await notes(stack(0)), await notes(stack(1))]).toEqual([['pages'], undefined]);
    // A thumbnail before the picture is no page either, and the picture is what is read.
    const thumbnail = Buffer.concat([
      tiff,
      ...[[3, 0], ...[254, 256, 257].map((tag) => [tag & 255, tag >> 8, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0])].map((bytes) =>
        Buffer.from(bytes),
      ),
      Buffer.alloc(4),
    ]);
    thumbnail.writeUInt32LE(at, thumbnail.length - 4);
    thumbnail.writeUInt32LE(tiff.length, 4);
    expect(await notes(thumbnail)).toBeUndefined();
    const pixels = async (bytes: Buffer): Promise<Uint8Array | undefined> =>
      (await decoder.decode(file(bytes), { training: 8, clip: null })).picture?.training;
    expect(await pixels(thumbnail)).toEqual(await pixels(tiff));
    // Its size is that of the picture, not the thumbnail's.
    expect(inspectPicture(thumbnail)).toEqual(inspectPicture(tiff));
    const big = Buffer.concat([Buffer.from('II+\0\x08\0\0\0'), Buffer.alloc(40)]);
    expect((await decoder.decode(file(big), { training: 8, clip: null })).reason).toBe(reasons.bigTiff);
  });

  it('says so where the part that reads a kind of picture could not be loaded: the picture is not to blame', async () => {
    const decoders = {
      raw: () => Promise.reject(new Error('not asked')),
      heif: () => Promise.reject(new TypeError('Failed to fetch dynamically imported module')),
    };
    const outcome = await decodePicture(file(heic), { training: 8, clip: null }, decoders);
    expect(outcome).toEqual({ picture: null, reason: reasons.noDecoder });
  });

  it('turns a picture upright as its EXIF orientation says', async () => {
    const left = sharp({ create: { width: 32, height: 32, channels: 3, background: 'white' } }).composite([
      { input: { create: { width: 32, height: 16, channels: 3, background: 'black' } }, left: 0, top: 0 },
    ]);
    const bytes = await left.jpeg({ quality: 100 }).withMetadata({ orientation: 6 }).toBuffer();
    const { picture } = await decoder.decode(file(bytes), { training: 32, clip: null });
    const at = (x: number, y: number): number => picture?.training[(y * 32 + x) * 3] ?? -1;
    // Orientation 6: the stored top is the right-hand side.
    expect([at(28, 4), at(28, 28)].every((value) => value < 20)).toBe(true);
    expect([at(4, 4), at(4, 28)].every((value) => value > 235)).toBe(true);
  });

  it('decodes bitmaps, palettes and both row orders', async () => {
    const { default: cases } = await import('../data/golden/bmp.json');
    for (const { name, bmp, rgb } of cases) {
      const { picture } = await decoder.decode(file(Buffer.from(bmp, 'base64')), { training: 9, clip: null });
      expect(Buffer.from(picture?.training ?? []).toString('base64'), name).toBe(rgb);
    }
  });

  it('names what is broken', async () => {
    const bytes = await png();
    const jpeg = await source().flatten().jpeg().toBuffer();
    const noisy = Buffer.from(bytes);
    noisy.fill(7, 60, bytes.length - 12);
    const huge = Buffer.from(bytes);
    huge.writeUInt32BE(30_000, 16);
    huge.writeUInt32BE(30_000, 20);
    expect((await decoder.decode(file('hello, I am no picture'), sizes)).reason).toBe(reasons.text);
    expect((await decoder.decode(file(''), sizes)).reason).toBe(reasons.empty);
    expect((await decoder.decode(file(jpeg.subarray(0, 500)), sizes)).reason).toBe(reasons.cut);
    expect((await decoder.decode(file(huge), sizes)).reason).toContain('30,000 x 30,000');
    expect(
      (
        await decoder.decode(
          file(Buffer.concat([noisy.subarray(0, 50), bytes.subarray(50, 60), noisy.subarray(60)])),
          sizes,
        )
      ).picture,
    ).toBeNull();
  });
});

describe('importPictures', () => {
  it('packs what decodes in order and names the rest', async () => {
    const files = [
      { path: 'a/1.png', file: file(await png()) },
      { path: 'a/2.png', file: file('text') },
      { path: 'b/3.jpg', file: file(await source().flatten().jpeg().toBuffer()) },
      { path: 'b/4.png', file: file('') },
      { path: 'b/5.png', file: file(await png()) },
    ];
    const seen: number[] = [];
    const imported = await importPictures(files, decoder, 32, { onProgress: (done) => seen.push(done) });
    expect([...imported.decoded]).toEqual([0, 2, 4]);
    expect(imported.count).toBe(3);
    expect(imported.pixels).toHaveLength(3 * 32 * 32 * 3);
    expect(imported.pixels.slice(0, 3072)).toEqual(imported.pixels.slice(2 * 3072));
    expect(imported.hashes[0]).toBe(imported.hashes[2]);
    expect(imported.broken).toEqual([
      { path: 'a/2.png', reason: reasons.text },
      { path: 'b/4.png', reason: reasons.empty },
    ]);
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it('fails in plain words where nothing can be read, or too much is dropped', async () => {
    await expect(importPictures([{ path: 'x.png', file: file('text') }], decoder, 32)).rejects.toMatchObject({
      info: { code: 'no-readable-images', why: reasons.text },
    });
    const empty = { path: 'x.png', file: file('') };
    const many = Array.from({ length: 700_000 }, () => empty);
    await expect(importPictures(many, decoder, 32)).rejects.toMatchObject({ info: { code: 'too-many-images' } });
  });

  it('stops when it is told to, with few pictures under way', async () => {
    const control = new AbortController();
    let asked = 0;
    const slow = {
      concurrency: 2,
      close: () => undefined,
      decode: (blob: Blob) => ((asked += 1), decoder.decode(blob, sizes)),
    };
    const bytes = await png();
    const files = Array.from({ length: 100 }, (_, i) => ({ path: `${i}.png`, file: file(bytes) }));
    const run = decodePictures(files, slow, sizes, (index) => (index === 9 ? control.abort() : undefined), {
      signal: control.signal,
    });
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    expect(asked).toBeLessThanOrEqual(14);
  });
});
