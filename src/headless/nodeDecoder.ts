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
  type Decoders,
  type DecodeSizes,
  type ImageDecoder,
  type RawDecode,
  type WantsClip,
} from '../data/decode';
import type { HeifLibrary, LoadHeif } from '../data/decoding/decodeHeic';
import { centreSquare, type RgbaPixels } from '../data/resize';
import { MAX_PIXELS } from '../data/sniff';
import { decodeBmp, isBmp } from './bmp';

/** Larger squares are scaled down first, as the page's workers do. */
const MAX_EDGE = 4096;

/** CMYK as browsers show it: what each ink lets through, multiplied. */
async function decodeCmyk(bytes: Uint8Array): Promise<RgbaPixels> {
  const { data, info } = await sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error' })
    .pipelineColourspace('cmyk')
    .toColourspace('cmyk')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const rgba = new Uint8Array(info.width * info.height * 4);
  for (let at = 0; at < rgba.length; at += 4) {
    const black = 255 - (data[at + 3] ?? 0);
    for (let k = 0; k < 3; k += 1) rgba[at + k] = Math.round(((255 - (data[at + k] ?? 0)) * black) / 255);
    rgba[at + 3] = 255;
  }
  return { width: info.width, height: info.height, data: rgba };
}

/** As stored, sRGB, 8 bit, first frame of an animation. @param whole else of a very large picture its centred square */
async function sharpDecode(bytes: Uint8Array, whole: boolean): Promise<RgbaPixels> {
  if (isBmp(bytes)) return decodeBmp(bytes);
  let image = sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error' });
  const { width, height, space, hasProfile } = await image.metadata();
  if (space === 'cmyk' && !hasProfile) return decodeCmyk(bytes);
  const { edge, left, top } = centreSquare(width, height);
  if (edge > MAX_EDGE && !whole)
    image = image.extract({ left, top, width: edge, height: edge }).resize(MAX_EDGE, MAX_EDGE);
  image = image.toColourspace('srgb').ensureAlpha().raw({ depth: 'uchar' });
  const { data, info } = await image.toBuffer({ resolveWithObject: true });
  if (info.channels !== 4) throw new Error(`Four channels expected, ${info.channels} decoded.`);
  return { width: info.width, height: info.height, data };
}

/** Of a very large picture the centred square, scaled down. */
export const rawDecode: RawDecode = (bytes) => sharpDecode(bytes, false);

/** The package declares no types for this entry, which the page loads by its address. */
const heifModule: string = 'libheif-js/libheif-wasm/libheif-bundle.mjs';
const importHeif = (): Promise<{ default: () => Promise<unknown> }> => import(heifModule);

const heif: { library: Promise<HeifLibrary> | null } = { library: null };
const loadHeif: LoadHeif = () =>
  (heif.library ??= importHeif().then(async ({ default: open }) => (await open()) as HeifLibrary));

/** Whole pictures, however large. */
export const wholeDecoders: Decoders = { raw: (bytes) => sharpDecode(bytes, true), heif: loadHeif };

export class NodeDecoder implements ImageDecoder {
  readonly concurrency = availableParallelism() * 2;

  constructor(private readonly raw: RawDecode = rawDecode) {}

  decode(file: Blob, sizes: DecodeSizes, wantsClip?: WantsClip): Promise<DecodeOutcome> {
    return decodePicture(file, sizes, { raw: this.raw, heif: loadHeif }, wantsClip);
  }

  close(): void {
    // Nothing is held between pictures.
  }
}
