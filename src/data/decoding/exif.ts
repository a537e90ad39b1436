/**
 * EXIF orientation of JPEG, PNG and WebP files, taken out of all of them and applied by our own code, because decoders
 * differ in which formats they turn, and cannot be told not to (Chromium turns JPEG and PNG whatever `imageOrientation`
 * says, and leaves WebP as stored). HEIC and AVIF are turned by their decoders, as their format asks; TIFF says it
 * itself (decodeTiff.ts).
 */
import { crc32 } from '../../formats/png';
import type { RgbaPixels } from '../resize';
import { jpegStart, type PictureKind } from '../sniff';

/** 1 to 8, as EXIF counts; 1 is upright. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const isOrientation = (value: number): value is Orientation => Number.isInteger(value) && value >= 1 && value <= 8;
const ascii = (view: DataView, at: number, length: number): string =>
  String.fromCharCode(...Array.from({ length }, (_, i) => view.getUint8(at + i)));

/** Where a file keeps its orientation: 16 bits, and where a PNG's chunk begins that has them. */
interface Place {
  at: number;
  little: boolean;
  chunk?: number;
}

/** Tag 0x112 of the first directory of a TIFF block that begins at `at`. */
function inTiff(view: DataView, at: number): Place | null {
  const little = view.getUint16(at) === 0x4949;
  if (!little && view.getUint16(at) !== 0x4d4d) return null;
  const directory = at + view.getUint32(at + 4, little);
  const entries = view.getUint16(directory, little);
  for (let i = 0; i < entries; i += 1) {
    const entry = directory + 2 + 12 * i;
    if (view.getUint16(entry, little) !== 0x112) continue;
    return { at: entry + 8, little };
  }
  return null;
}

function inJpeg(view: DataView, start: number): Place | null {
  for (let at = start + 2; at + 10 < view.byteLength;) {
    if (view.getUint8(at) !== 0xff) {
      at += 1;
      continue;
    }
    const marker = view.getUint8(at + 1);
    if (marker === 0xff || marker === 0) at += 1;
    else if (marker === 0xda || marker === 0xd9) return null;
    else if (marker === 0xe1 && ascii(view, at + 4, 6) === 'Exif\0\0') return inTiff(view, at + 10);
    else at += marker === 1 || (marker >= 0xd0 && marker <= 0xd7) ? 2 : 2 + view.getUint16(at + 2);
  }
  return null;
}

function inPng(view: DataView): Place | null {
  for (let at = 8; at + 12 <= view.byteLength; at += 12 + view.getUint32(at)) {
    const type = ascii(view, at + 4, 4);
    if (type === 'eXIf') {
      const place = inTiff(view, at + 8);
      return place && { ...place, chunk: at };
    }
    if (type === 'IEND') return null;
  }
  return null;
}

function inWebp(view: DataView): Place | null {
  for (let at = 12; at + 8 <= view.byteLength;) {
    const length = view.getUint32(at + 4, true);
    if (ascii(view, at, 4) === 'EXIF') return inTiff(view, ascii(view, at + 8, 4) === 'Exif' ? at + 14 : at + 8);
    at += 8 + length + (length % 2);
  }
  return null;
}

function placeIn(view: DataView, bytes: Uint8Array, kind: PictureKind): Place | null {
  if (kind === 'jpeg') return inJpeg(view, jpegStart(bytes));
  if (kind === 'png') return inPng(view);
  return kind === 'webp' ? inWebp(view) : null;
}

/**
 * Reads the orientation and sets it to upright in `bytes`, so that no decoder turns the picture a second time. Upright
 * where the file says nothing, or nonsense.
 */
export function takeOrientation(bytes: Uint8Array, kind: PictureKind): Orientation {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const place = placeIn(view, bytes, kind);
    if (!place) return 1;
    const value = view.getUint16(place.at, place.little);
    if (value === 1 || !isOrientation(value)) return 1;
    view.setUint16(place.at, 1, place.little);
    if (place.chunk !== undefined) {
      const end = place.chunk + 8 + view.getUint32(place.chunk);
      view.setUint32(end, crc32(bytes.subarray(place.chunk + 4, end)));
    }
    return value;
  } catch (error) {
    if (error instanceof RangeError) return 1;
    throw error;
  }
}

/** Turns pixels upright. Square or not; returns the same object where there is nothing to turn. */
export function upright(pixels: RgbaPixels, orientation: Orientation): RgbaPixels {
  if (orientation === 1) return pixels;
  const { width, height, data } = pixels;
  const swap = orientation >= 5;
  const out = { width: swap ? height : width, height: swap ? width : height };
  const turned = new Uint8Array(width * height * 4);
  const from = new Uint32Array(data.buffer, data.byteOffset, width * height);
  const to = new Uint32Array(turned.buffer);
  const flipX = [2, 3, 6, 7].includes(orientation);
  const flipY = [3, 4, 7, 8].includes(orientation);
  for (let y = 0; y < out.height; y += 1) {
    for (let x = 0; x < out.width; x += 1) {
      const u = flipX ? out.width - 1 - x : x;
      const v = flipY ? out.height - 1 - y : y;
      to[y * out.width + x] = from[swap ? u * width + v : v * width + u] as number;
    }
  }
  return { ...out, data: turned };
}
