/**
 * Judges a picture file by its bytes before any decoder sees it: what it really is, how large it claims to be, and
 * whether it is whole. Decoders differ in what they forgive (a browser draws half a JPEG without a word); judging here
 * makes one file have one fate everywhere, guards memory against absurd headers, and gives each failure a reason that a
 * person understands.
 */
import { bmpHeader, gifHeader, heifHeader, jpegHeader, pngHeader, webpHeader, type Header } from './pictureHeaders';

export type PictureKind = 'png' | 'jpeg' | 'gif' | 'bmp' | 'webp' | 'avif';

/** `width` and `height` as stored, before EXIF orientation. */
export type Inspection =
  | { kind: PictureKind; width: number; height: number; reason: null }
  | { kind: null; reason: string };

/** 100 megapixels: 400 MB of RGBA, about what one decode worker may hold for a moment. */
export const MAX_PIXELS = 100_000_000;
export const MAX_FILE_BYTES = 256 * 2 ** 20;

export const reasons = {
  empty: 'The file is empty (0 bytes).',
  text: 'The file holds text, not a picture.',
  web: 'The file is a web page, saved under the name of a picture.',
  unknown: 'The content is no picture of a kind that is read here (PNG, JPEG, WebP, GIF, BMP or AVIF).',
  cut: 'The file is cut off before its end.',
  damaged: 'The picture is damaged and cannot be decoded.',
  memory: 'There was not enough memory to decode the picture.',
  unreadable: 'The file could not be read; it may have been moved or deleted since it was dropped.',
} as const;

const ascii = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));

/** All brands of an ISO container (its `ftyp` box): the major one first, then those that it is compatible with. */
function containerBrands(bytes: Uint8Array): string[] {
  if (ascii(bytes, 4, 4) !== 'ftyp') return [];
  const length = Math.min(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0), bytes.length, 256);
  const brands = [ascii(bytes, 8, 4)];
  for (let at = 16; at + 4 <= length; at += 4) brands.push(ascii(bytes, at, 4));
  return brands;
}

/** Kinds that people do have in folders of pictures, but that browsers cannot decode. */
function foreignKind(bytes: Uint8Array): string | null {
  const head = ascii(bytes, 0, 12);
  if (head.startsWith('II*\0') || head.startsWith('MM\0*')) return 'a TIFF picture';
  const brands = containerBrands(bytes);
  if (brands.length > 0)
    return brands.some((brand) => brand.startsWith('he') || brand === 'mif1') ? 'a HEIC picture' : 'a video';
  if (head.startsWith('%PDF')) return 'a PDF document';
  if (head.startsWith('8BPS')) return 'a Photoshop file';
  if (head.startsWith('PK\u0003\u0004')) return 'a zip archive';
  if (head.startsWith('\u00ff\u000a') || head.slice(4, 8) === 'JXL ') return 'a JPEG XL picture';
  if (head.startsWith('\0\0\u0001\0')) return 'an icon';
  return null;
}

/** Text has no control characters but white space; 1 kB is enough to tell. */
function textReason(bytes: Uint8Array): string | null {
  const head = bytes.subarray(0, 1024);
  if (head.some((byte) => byte === 127 || (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13))) return null;
  const text = new TextDecoder().decode(head).toLowerCase();
  if (text.includes('\ufffd') && head.length < 1024) return null;
  if (text.includes('<svg')) return 'The file is an SVG drawing, not pixels; save it as PNG.';
  return /<!doctype html|<html|<head|<body/.test(text) ? reasons.web : reasons.text;
}

function readHeader(bytes: Uint8Array): { kind: PictureKind; header: Header } | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = ascii(bytes, 0, 12);
  if (head.startsWith('\u0089PNG\r\n\u001a\n')) return { kind: 'png', header: pngHeader(view) };
  if (head.startsWith('\u00ff\u00d8\u00ff')) return { kind: 'jpeg', header: jpegHeader(view) };
  if (head.startsWith('GIF87a') || head.startsWith('GIF89a')) return { kind: 'gif', header: gifHeader(view) };
  if (head.startsWith('RIFF') && head.slice(8) === 'WEBP') return { kind: 'webp', header: webpHeader(view) };
  if (containerBrands(bytes).some((brand) => brand === 'avif' || brand === 'avis'))
    return { kind: 'avif', header: heifHeader(view) };
  if (head.startsWith('BM')) return { kind: 'bmp', header: bmpHeader(view) };
  return null;
}

const no = (reason: string): Inspection => ({ kind: null, reason });

/** Looks at a whole file. Never throws: a header that leads beyond the end means that the file is cut off. */
export function inspectPicture(bytes: Uint8Array): Inspection {
  if (bytes.length === 0) return no(reasons.empty);
  let found: ReturnType<typeof readHeader>;
  try {
    found = readHeader(bytes);
  } catch (error) {
    if (error instanceof RangeError) return no(reasons.cut);
    throw error;
  }
  if (found === null) {
    const foreign = foreignKind(bytes);
    if (foreign !== null) return no(`The file is ${foreign}, which browsers cannot read; save it as PNG or JPEG.`);
    return no(textReason(bytes) ?? reasons.unknown);
  }
  const { kind, header } = found;
  if (header === null || header.width < 1 || header.height < 1) return no(reasons.damaged);
  const { width, height } = header;
  if (width * height > MAX_PIXELS) {
    const size = `${width.toLocaleString('en-US')} x ${height.toLocaleString('en-US')}`;
    return no(`The picture says that it is ${size} pixels; up to ${MAX_PIXELS / 1e6} megapixels are read here.`);
  }
  return header.whole ? { kind, width, height, reason: null } : no(reasons.cut);
}
