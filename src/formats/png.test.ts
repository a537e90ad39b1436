import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { CounterRandom } from '../shared/rng';
import { encodePng } from './png';

function noise(length: number, seed: number): Uint8Array {
  const random = new CounterRandom(seed);
  return Uint8Array.from({ length }, () => random.integer(256));
}

/** All chunks as [type, data]. */
function chunksOf(png: Uint8Array): [string, Buffer][] {
  const bytes = Buffer.from(png);
  const chunks: [string, Buffer][] = [];
  for (let position = 8; position < bytes.length;) {
    const length = bytes.readUInt32BE(position);
    chunks.push([
      bytes.toString('latin1', position + 4, position + 8),
      bytes.subarray(position + 8, position + 8 + length),
    ]);
    position += 12 + length;
  }
  return chunks;
}

describe('encodePng', () => {
  it.each([
    [1, 1, 3],
    [1, 1, 4],
    [7, 5, 3],
    [33, 64, 4],
    [256, 96, 3],
  ])('is read back to the last byte: %i x %i, %i channels', async (width, height, channels) => {
    const pixels = noise(width * height * channels, width + channels);
    const png = await encodePng({ width, height, pixels });
    const { data, info } = await sharp(png, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width, height, channels });
    expect(new Uint8Array(data)).toEqual(pixels);
  });

  it('carries texts, in Latin-1 or beyond', async () => {
    const png = await encodePng(
      { width: 2, height: 1, pixels: noise(6, 1) },
      { Software: 'LCP-GAN Studio', Title: 'Äpfel', Comment: '猫 · cat' },
    );
    const texts = chunksOf(png).filter(([type]) => /^[it][TE]Xt$/.test(type));
    expect(texts.map(([type]) => type)).toEqual(['tEXt', 'tEXt', 'iTXt']);
    expect(texts[0]?.[1].toString('latin1')).toBe('Software\0LCP-GAN Studio');
    expect(texts[1]?.[1].toString('latin1')).toBe('Title\0Äpfel');
    expect(texts[2]?.[1].toString('utf8')).toBe('Comment\0\0\0\0\0猫 · cat');
    expect((await sharp(png, { failOn: 'warning' }).metadata()).comments).toContainEqual({
      keyword: 'Software',
      text: 'LCP-GAN Studio',
    });
  });

  it('refuses pixels that do not fill the picture, and what is no keyword', async () => {
    await expect(encodePng({ width: 2, height: 2, pixels: new Uint8Array(13) })).rejects.toThrow(RangeError);
    await expect(encodePng({ width: 1, height: 1, pixels: new Uint8Array(4) }, { '': 'x' })).rejects.toThrow(
      RangeError,
    );
    await expect(encodePng({ width: 1, height: 1, pixels: new Uint8Array(4) }, { Title: 'a\0b' })).rejects.toThrow(
      RangeError,
    );
  });
});
