/**
 * Pictures at the edge of their formats, made by sharp and by hand: what decoders are known to differ in (orientation,
 * profiles, gamma, 16 bits, CMYK, transparency) and what they forgive or do not (stray bytes, missing ends). With what
 * the terminal's decoder makes of each; the page's has to make the same (src/data/sameEverywhere.browser.test.ts).
 */
import { white, type Matte } from '../shared/matte';
import sharp, { type Sharp } from 'sharp';
import { crc32 } from 'node:zlib';
import { NodeDecoder } from './nodeDecoder';

const W = 40;
const H = 30;
/** Gradients and an edge, in RGBA. */
const pixels = Buffer.from(
  Array.from({ length: W * H * 4 }, (_, i) => {
    const [x, y, c] = [(i >> 2) % W, Math.floor(i / 4 / W), i & 3];
    return c === 0 ? x * 6 : c === 1 ? y * 8 : c === 2 ? (x + y > 35 ? 200 : 40) : Math.min(255, x * 13);
  }),
);
const rgba = (): Sharp => sharp(pixels, { raw: { width: W, height: H, channels: 4 } });
const rgb = (): Sharp => rgba().removeAlpha();

const chunk = (type: string, data: Uint8Array): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
};
const uint32 = (...values: number[]): Buffer => {
  const out = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => out.writeUInt32BE(value, i * 4));
  return out;
};
/** With chunks behind its header. */
const pngWith = async (...chunks: Buffer[]): Promise<Buffer> => {
  const png = await rgb().png().toBuffer();
  return Buffer.concat([png.subarray(0, 33), ...chunks, png.subarray(33)]);
};
const exif = (orientation: number): Buffer =>
  Buffer.from([0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]);

/** 16-bit grey or colour, uncompressed. */
function tiff(samples: 1 | 3, bits: 8 | 16, little: boolean): Buffer {
  const bytes = bits / 8;
  const data = Buffer.alloc(W * H * samples * bytes);
  for (let i = 0; i < W * H * samples; i += 1) {
    const value = ((i * 37) % (bits === 8 ? 256 : 65_536)) as number;
    if (bits === 8) data[i] = value;
    else if (little) data.writeUInt16LE(value, i * 2);
    else data.writeUInt16BE(value, i * 2);
  }
  const tags: [number, number, number, number][] = [
    [256, 4, 1, W],
    [257, 4, 1, H],
    [258, 3, 1, bits],
    [259, 3, 1, 1],
    [262, 3, 1, samples === 1 ? 1 : 2],
    [273, 4, 1, 8],
    [277, 3, 1, samples],
    [278, 4, 1, H],
    [279, 4, 1, data.length],
  ];
  const at = 8 + data.length;
  const extra = at + 2 + tags.length * 12 + 4;
  const out = Buffer.alloc(extra + 6);
  const put16 = (value: number, place: number): unknown =>
    little ? out.writeUInt16LE(value, place) : out.writeUInt16BE(value, place);
  const put32 = (value: number, place: number): unknown =>
    little ? out.writeUInt32LE(value, place) : out.writeUInt32BE(value, place);
  out.write(little ? 'II' : 'MM', 0, 'latin1');
  put16(42, 2);
  put32(at, 4);
  data.copy(out, 8);
  put16(tags.length, at);
  tags.forEach(([tag, type, count, value], i) => {
    const place = at + 2 + i * 12;
    const several = tag === 258 && samples === 3;
    put16(tag, place);
    put16(type, place + 2);
    put32(several ? 3 : count, place + 4);
    if (several) put32(extra, place + 8);
    else if (type === 3) put16(value, place + 8);
    else put32(value, place + 8);
  });
  for (let i = 0; i < 3; i += 1) put16(bits, extra + 2 * i);
  return out;
}

/** 32 x 24, red to blue; made by ImageMagick with x265. */
export const heic = Buffer.from(
  'AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAaptZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAAA5waXRtAAAAAAACAAAAEGlkYXQAAAAAACAAGAAAADhpbG9jAQAAAERAAAIAAQAAAAAAAAHOAAEAAAAAAAAASAACAAEAAAAAAAAAAQAAAAAAAAAIAAAAOGlpbmYAAAAAAAIAAAAVaW5mZQIAAAEAAQAAaHZjMQAAAAAVaW5mZQIAAAAAAgAAZ3JpZAAAAADVaXBycAAAALNpcGNvAAAAc2h2Y0MBA3AAAAAAAAAAAAAe8AD8/fj4AAAPAyAAAQAYQAEMAf//A3AAAAMAkAAAAwAAAwAeugJAIQABACdCAQEDcAAAAwCQAAADAAADAB6gIIEFluqumubAgAAAAwCAAAADAIQiAAEABkQBwXPBiQAAABRpc3BlAAAAAAAAAEAAAABAAAAAFGlzcGUAAAAAAAAAIAAAABgAAAAQcGl4aQAAAAADCAgIAAAAGmlwbWEAAAAAAAAAAgABAoECAAICA4QAAAAaaXJlZgAAAAAAAAAOZGltZwACAAEAAQAAAFBtZGF0AAAARCgBrxMhbURA9TJgwvt2Kv7E/NO4ivlvVx+OVo0Mx0D3HAnJRn42FP+gXLmj9xpzDKy/1IDmzyHthdvNtkCSVfMQf6DA',
  'base64',
);

async function edgePictures(): Promise<Record<string, Buffer>> {
  const jpeg = await rgb().jpeg({ quality: 90 }).toBuffer();
  const png = await rgb().png().toBuffer();
  const cuts = { head: jpeg.subarray(0, 2), rest: jpeg.subarray(2) };
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
  const turned = Object.fromEntries(
    await Promise.all(
      [2, 3, 4, 5, 6, 7, 8].map(async (orientation) => [
        `jpeg, orientation ${orientation}`,
        await rgb().jpeg({ quality: 90 }).withMetadata({ orientation }).toBuffer(),
      ]),
    ),
  ) as Record<string, Buffer>;
  return {
    jpeg,
    'jpeg, progressive': await rgb().jpeg({ progressive: true }).toBuffer(),
    'jpeg, grey': await rgb().greyscale().jpeg().toBuffer(),
    'jpeg, CMYK': await rgb()
      .toColourspace('cmyk')
      .jpeg({ quality: 95 })
      .withIccProfile('cmyk', { attach: false })
      .toBuffer(),
    'jpeg, P3 profile': await rgb().jpeg({ quality: 95 }).withIccProfile('p3').toBuffer(),
    'jpeg, a newline before it': Buffer.concat([Buffer.from('\n'), jpeg]),
    'jpeg, stray bytes between segments': Buffer.concat([
      jpeg.subarray(0, frame),
      Buffer.alloc(18, 7),
      jpeg.subarray(frame),
    ]),
    'jpeg, more behind it': Buffer.concat([jpeg, Buffer.alloc(4096, 9)]),
    'jpeg, no end': jpeg.subarray(0, -2),
    'jpeg, half': jpeg.subarray(0, jpeg.length >> 1),
    'jpeg, damaged first bytes': Buffer.concat([cuts.head, Buffer.alloc(4), cuts.rest.subarray(40)]),
    ...turned,
    png,
    'png, alpha': await rgba().png().toBuffer(),
    'png, 16 bit': await rgb().toColourspace('rgb16').png().toBuffer(),
    'png, 16 bit grey with alpha': await rgba().greyscale().toColourspace('grey16').png().toBuffer(),
    'png, palette': await rgb().png({ palette: true }).toBuffer(),
    'png, P3 profile': await rgb().png().withIccProfile('p3').toBuffer(),
    'png, gamma 1': await pngWith(chunk('gAMA', uint32(100_000))),
    'png, gamma 0.55': await pngWith(chunk('gAMA', uint32(55_556))),
    'png, gamma and sRGB chromaticities': await pngWith(
      chunk('gAMA', uint32(45_455)),
      chunk('cHRM', uint32(31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6000)),
    ),
    'png, P3 chromaticities': await pngWith(
      chunk('gAMA', uint32(45_455)),
      chunk('cHRM', uint32(31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6000)),
    ),
    'png, chromaticities that are none': await pngWith(
      chunk('gAMA', uint32(50_000)),
      chunk('cHRM', uint32(0, 0, 0, 0, 0, 0, 0, 0)),
    ),
    'png, orientation 6': await pngWith(chunk('eXIf', exif(6))),
    'png, wrong checksum of its header': Buffer.concat([
      png.subarray(0, 29),
      Buffer.from([1, 2, 3, 4]),
      png.subarray(33),
    ]),
    'png, end without checksum': png.subarray(0, -4),
    'png, no end': png.subarray(0, -12),
    'png, more behind it': Buffer.concat([png, Buffer.alloc(50, 3)]),
    'png, 66,000 wide': await sharp({ create: { width: 66_000, height: 8, channels: 3, background: '#c83c28' } })
      .png()
      .toBuffer(),
    'webp, lossless': await rgb().webp({ lossless: true }).toBuffer(),
    'webp, alpha': await rgba().webp({ lossless: true }).toBuffer(),
    'webp, lossy': await rgb().webp({ quality: 90 }).toBuffer(),
    'webp, orientation 6': await rgb().webp({ lossless: true }).withMetadata({ orientation: 6 }).toBuffer(),
    gif: await rgb().gif().toBuffer(),
    avif: await rgb().avif({ quality: 90 }).toBuffer(),
    heic,
    'heic, cut': heic.subarray(0, 300),
    'tiff, 8 bit': tiff(3, 8, true),
    'tiff, 16 bit grey': tiff(1, 16, true),
    'tiff, 16 bit grey, big-endian': tiff(1, 16, false),
    'tiff, 16 bit': tiff(3, 16, true),
    'tiff, LZW': await rgb().tiff({ compression: 'lzw' }).toBuffer(),
    empty: Buffer.alloc(0),
  };
}

export interface DecodedEdge {
  name: string;
  /** What transparent parts are laid over. */
  matte: Matte;
  /** The file, base64. */
  file: string;
  /** [24, 24, 3] of the terminal's decoder, base64; null where it refuses. */
  training: string | null;
  reason: string | null;
}

/** Edge of the decoded pictures; smaller than they are, so that resizing is part of it. */
export const EDGE = 24;

export async function decodedEdges(): Promise<DecodedEdge[]> {
  const decoder = new NodeDecoder();
  const overWhite = Object.entries(await edgePictures()).map(([name, bytes]) => ({ name, bytes, matte: white }));
  const transparent = overWhite.filter(({ name }) => name.includes('alpha'));
  const overGreen = transparent.map(({ name, bytes }) => ({ name: `${name}, over green`, bytes, matte: '#107020' }));
  return Promise.all(
    [...overWhite, ...overGreen].map(async ({ name, bytes, matte }) => {
      const { picture, reason } = await decoder.decode(new Blob([new Uint8Array(bytes)]), {
        training: EDGE,
        clip: null,
        matte,
      });
      return {
        name,
        matte,
        file: bytes.toString('base64'),
        training: picture ? Buffer.from(picture.training).toString('base64') : null,
        reason,
      };
    }),
  );
}
