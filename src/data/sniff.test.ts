import { describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { inspectPicture, reasons } from './sniff';

const noise = Buffer.from(Array.from({ length: 40 * 30 * 3 }, (_, i) => (i * 7919) % 256));
const picture = () => sharp(noise, { raw: { width: 40, height: 30, channels: 3 } });
const bmp = (): Buffer => {
  const bytes = Buffer.alloc(54 + 40 * 3 * 30, 90);
  bytes.write('BM');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(40, 18);
  bytes.writeInt32LE(-30, 22);
  bytes.writeUInt16LE(24, 28);
  bytes.writeUInt32LE(0, 30);
  return bytes;
};
const made: Record<string, () => Promise<Buffer> | Buffer> = {
  png: () => picture().png().toBuffer(),
  jpeg: () => picture().jpeg().toBuffer(),
  'progressive jpeg': () => picture().jpeg({ progressive: true }).toBuffer(),
  gif: () => picture().gif().toBuffer(),
  'lossy webp': () => picture().webp().toBuffer(),
  'lossless webp': () => picture().webp({ lossless: true }).toBuffer(),
  'webp with alpha': () => picture().ensureAlpha(0.5).webp().toBuffer(),
  avif: () => picture().avif({ effort: 0 }).toBuffer(),
  bmp,
};

describe('whole pictures', () => {
  for (const [name, make] of Object.entries(made)) {
    it(`knows kind and size of ${name}, and that half of it is cut off`, async () => {
      const bytes = await make();
      expect(inspectPicture(bytes)).toMatchObject({ width: 40, height: 30, reason: null });
      expect(name).toContain(inspectPicture(bytes).kind);
      expect(inspectPicture(bytes.subarray(0, bytes.length >> 1))).toEqual({ kind: null, reason: reasons.cut });
      expect(inspectPicture(bytes.subarray(0, bytes.length - 20))).toEqual({ kind: null, reason: reasons.cut });
    });

    it(`never throws on the first bytes of ${name}`, async () => {
      const bytes = await make();
      for (let length = 1; length < Math.min(200, bytes.length - 20); length += 1)
        expect(inspectPicture(bytes.subarray(0, length)).kind).toBeNull();
    });
  }

  it('finds the end of a JPEG behind which a camera appended something, and not that of its thumbnail', async () => {
    const bytes = await picture().jpeg().toBuffer();
    expect(inspectPicture(Buffer.concat([bytes, Buffer.alloc(5000, 1)])).kind).toBe('jpeg');
    const thumbnail = Buffer.concat([
      Buffer.from([0xff, 0xe1, (bytes.length + 2) >> 8, (bytes.length + 2) & 255]),
      bytes,
    ]);
    const nested = Buffer.concat([bytes.subarray(0, 2), thumbnail, bytes.subarray(2)]);
    expect(inspectPicture(nested)).toMatchObject({ kind: 'jpeg', width: 40, height: 30 });
    expect(inspectPicture(nested.subarray(0, nested.length - 30))).toEqual({ kind: null, reason: reasons.cut });
  });
});

const text = (value: string) => inspectPicture(new TextEncoder().encode(value)).reason;

describe('what is no picture', () => {
  it('is called by its name', () => {
    expect(text('')).toBe(reasons.empty);
    expect(text('not a picture at all\n')).toBe(reasons.text);
    expect(text('Grüße, 世界')).toBe(reasons.text);
    expect(text('<!DOCTYPE html><title>404</title>')).toBe(reasons.web);
    expect(text('<?xml version="1.0"?><svg xmlns="x"/>')).toContain('SVG');
    expect(text('%PDF-1.7 \0')).toContain('PDF document');
    expect(text('\0\0\0\u0018ftypisom\0\0\0\0isommp42')).toContain('a video');
    expect(text('\0\0\0\u0018ftypheic\0\0\0\0mif1heic')).toBe(reasons.heic);
    expect(text('../blobs/0a1b')).toBe(reasons.link);
    expect(text('version https://git-lfs.github.com/spec/v1\noid sha256:0\n')).toContain('git lfs pull');
    expect(inspectPicture(Uint8Array.from([1, 2, 3, 200, 0, 9])).reason).toBe(reasons.unknown);
  });

  it('includes pictures of absurd size, by their header alone', async () => {
    const bytes = await picture().png().toBuffer();
    bytes.writeUInt32BE(30_000, 16);
    bytes.writeUInt32BE(30_000, 20);
    const expected = 'The picture says that it is 30,000 x 30,000 pixels; up to 120 megapixels are read here.';
    expect(inspectPicture(bytes).reason).toBe(expected);
    expect(inspectPicture(bytes.subarray(0, 60)).reason).toBe(expected);
    bytes.writeUInt32BE(0, 16);
    expect(inspectPicture(bytes).reason).toBe(reasons.damaged);
  });
});
