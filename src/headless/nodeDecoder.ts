/**
 * The `ImageDecoder` of headless runs: sharp (libvips) decodes, and everything else (judging, hashing, cropping,
 * resizing) is the code that the browser's workers run, so that lossless pictures give the same arrays in both. BMP,
 * which libvips does not read, is decoded by bmp.ts.
 */
import { availableParallelism } from 'node:os';
import sharp from 'sharp';
import {
  decodePicture,
  type DecodeOutcome,
  type DecodeSizes,
  type ImageDecoder,
  type RawDecode,
  type WantsClip,
} from '../data/decode';
import { MAX_PIXELS } from '../data/sniff';
import { decodeBmp, isBmp } from './bmp';

/** Upright (EXIF), sRGB, 8 bit, first frame of an animation. */
export const rawDecode: RawDecode = async (bytes) => {
  if (isBmp(bytes)) return decodeBmp(bytes);
  const image = sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error' })
    .autoOrient()
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' });
  const { data, info } = await image.toBuffer({ resolveWithObject: true });
  if (info.channels !== 4) throw new Error(`Four channels expected, ${info.channels} decoded.`);
  return { width: info.width, height: info.height, data };
};

export class NodeDecoder implements ImageDecoder {
  readonly concurrency = availableParallelism() * 2;

  constructor(private readonly raw: RawDecode = rawDecode) {}

  decode(file: Blob, sizes: DecodeSizes, wantsClip?: WantsClip): Promise<DecodeOutcome> {
    return decodePicture(file, sizes, this.raw, wantsClip);
  }

  close(): void {
    // Nothing is held between pictures.
  }
}
