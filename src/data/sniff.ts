/**
 * Judges a picture file by its bytes before any decoder sees it: what it really is, how large it claims to be, and
 * whether it is whole. Decoders differ in what they forgive (a browser draws half a JPEG without a word); judging here
 * makes one file have one fate everywhere, guards memory against absurd headers, and gives each failure a reason that a
 * person understands.
 */
import { foreignName } from './pictureNames';
import {
  bmpHeader,
  gifHeader,
  heifHeader,
  jpegHeader,
  pngHeader,
  tiffHeader,
  webpHeader,
  type Header,
} from './pictureHeaders';

export type PictureKind = 'png' | 'jpeg' | 'gif' | 'bmp' | 'webp' | 'avif' | 'heic' | 'tiff';

/** `width` and `height` as stored, before EXIF orientation. */
export type Inspection =
  | { kind: PictureKind; width: number; height: number; reason: null }
  | { kind: null; reason: string };

/** What the largest common phone camera gives; 480 MB of RGBA, about what one decode worker may hold for a moment. */
export const MAX_PIXELS = 120_000_000;
export const MAX_FILE_BYTES = 256 * 2 ** 20;

export const reasons = {
  empty: 'The file is empty (0 bytes).',
  text: 'The file holds text, not a picture.',
  web: 'The file is a web page, saved under the name of a picture.',
  unknown: 'The content is no picture of a kind that is read here (PNG, JPEG, WebP, GIF, BMP, AVIF, HEIC or TIFF).',
  link: 'The file is a link that was saved as text; drop the folder that it leads to, too.',
  cut: 'The file is cut off before its end.',
  bigTiff: 'The file is a BigTIFF, for pictures over 4 GB, which is not read here; save it as plain TIFF or PNG.',
  heic: 'The HEIC picture could not be decoded; save it as JPEG or PNG (on a phone, “most compatible”).',
  noDecoder:
    'The part of the studio that reads this kind of picture could not be loaded; connect to the network once, and read the pictures again.',
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

/** Brands of HEIC; `mif1` and `msf1` alone name only the container. */
const heicBrands = new Set(['heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'hevm', 'hevs', 'mif1', 'msf1']);

/** What the first bytes say a picture is; null where they say something else. 256 bytes are enough. */
export function pictureKind(head: Uint8Array): PictureKind | null {
  const start = ascii(head, 0, 12);
  if (start.startsWith('\u0089PNG\r\n\u001a\n')) return 'png';
  // Stray bytes before the first marker, which decoders skip.
  if (jpegStart(head) >= 0) return 'jpeg';
  if (start.startsWith('GIF87a') || start.startsWith('GIF89a')) return 'gif';
  if (start.startsWith('RIFF') && start.slice(8) === 'WEBP') return 'webp';
  if (/^(?:II\*\0|MM\0\*|II\+\0|MM\0\+)/.test(start)) return 'tiff';
  const brands = containerBrands(head);
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return 'avif';
  if (brands.some((brand) => heicBrands.has(brand))) return 'heic';
  if (start.startsWith('BM') && head.length >= 18 && [12, 40, 52, 56, 64, 108, 124].includes(head[14] ?? 0))
    return 'bmp';
  return null;
}

/** Where a JPEG begins: at once, or behind a few bytes of white space or zeros. -1 where it is none. */
export function jpegStart(head: Uint8Array): number {
  for (let at = 0; at < 16 && at + 2 < head.length; at += 1) {
    if (head[at] === 0xff && head[at + 1] === 0xd8 && head[at + 2] === 0xff) return at;
    if (![0, 9, 10, 13, 32].includes(head[at] ?? 1)) return -1;
  }
  return -1;
}

/** What else a file is by its first bytes, with what to do; null where nobody knows. */
export function foreignKind(head: Uint8Array): string | null {
  const start = ascii(head, 0, 16);
  if (containerBrands(head).length > 0) return 'a video; save its pictures first';
  if (start.startsWith('%PDF')) return 'a PDF document, not a picture';
  if (start.startsWith('8BPS')) return 'a Photoshop file; export it as PNG';
  if (start.startsWith('PK\u0003\u0004'))
    return 'a zip archive under another name; unpack it, or give it the ending .zip';
  if (start.startsWith('\u00ff\u000a') || start.slice(4, 8) === 'JXL ')
    return 'a JPEG XL picture, which browsers do not read; save it as PNG or JPEG';
  if (start.startsWith('\0\0\0\u000cjP'))
    return 'a JPEG 2000 picture, which browsers do not read; save it as PNG or JPEG';
  if (start.startsWith('\0\0\u0001\0') && (head[5] ?? 1) === 0 && (head[4] ?? 0) > 0) return 'an icon; save it as PNG';
  if (start.startsWith('PAR1') || start.startsWith('ARROW1')) return foreignName('x.parquet');
  if (start.startsWith('\u0089HDF') || start.startsWith('MATLAB 5')) return foreignName('x.h5');
  if (/^(?:7z\u00bc\u00af|Rar!|BZh|\u00fd7zXZ|\u0028\u00b5\u002f\u00fd)/.test(start)) return foreignName('x.7z');
  if (head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 0) <= 5) return foreignName('x.pkl');
  if (start.startsWith('\0\u0005\u0016\u0007')) return 'made by macOS, holds no pictures';
  if (start.startsWith('\u00d0\u00cf\u0011\u00e0')) return 'an old Office document or a system file, not a picture';
  if (/^P[1-7]\s/.test(start)) return foreignName('x.ppm');
  if (start.startsWith('version https://git') || start.startsWith('version https:/'))
    return 'a pointer of Git LFS, not the file itself; fetch it with “git lfs pull”';
  return null;
}

/** A link that was saved as a text: Git and some archives do so where a system has no links. */
const savedLink = /^\.{0,2}\/?[^\s/<>{}",]+(?:\/[^\n\r/<>{}",]+)+$/;

/** Text has no control characters but white space; 1 kB is enough to tell. */
export function textReason(bytes: Uint8Array): string | null {
  const head = bytes.subarray(0, 1024);
  if (head.some((byte) => byte === 127 || (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13))) return null;
  const text = new TextDecoder().decode(head);
  if (text.includes('\ufffd') && head.length < 1024) return null;
  if (text.startsWith('version https://git-lfs')) return `The file is ${foreignKind(bytes) ?? 'a pointer'}.`;
  if (/<svg/i.test(text)) return 'The file is an SVG drawing, not pixels; save it as PNG.';
  if (/<!doctype html|<html|<head|<body/i.test(text)) return reasons.web;
  return bytes.length < 512 && savedLink.test(text.trim()) ? reasons.link : reasons.text;
}

/** What a file is whose name does not tell: a picture (null), or why it is left out. */
export function headReason(head: Uint8Array): string | null {
  if (head.length === 0) return reasons.empty;
  if (pictureKind(head) !== null) return null;
  return foreignKind(head) ?? textReason(head) ?? 'not a picture';
}

/** Size by the header alone; throws `RangeError` where it leads beyond the bytes. */
export function readHeader(kind: PictureKind, bytes: Uint8Array): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (kind) {
    case 'png':
      return pngHeader(view);
    case 'jpeg':
      return jpegHeader(view, jpegStart(bytes));
    case 'gif':
      return gifHeader(view);
    case 'webp':
      return webpHeader(view);
    case 'avif':
    case 'heic':
      return heifHeader(view);
    case 'tiff':
      return tiffHeader(view);
    case 'bmp':
      return bmpHeader(view);
  }
}

const no = (reason: string): Inspection => ({ kind: null, reason });

/** Looks at a whole file. Never throws: a header that leads beyond the end means that the file is cut off. */
export function inspectPicture(bytes: Uint8Array): Inspection {
  if (bytes.length === 0) return no(reasons.empty);
  const kind = pictureKind(bytes);
  if (kind === null) {
    const foreign = foreignKind(bytes);
    return no(foreign === null ? (textReason(bytes) ?? reasons.unknown) : `The file is ${foreign}.`);
  }
  if (kind === 'tiff' && (bytes[2] === 43 || bytes[3] === 43)) return no(reasons.bigTiff);
  let header: Header;
  try {
    header = readHeader(kind, bytes);
  } catch (error) {
    if (error instanceof RangeError) return no(reasons.cut);
    throw error;
  }
  if (kind === 'heic' && !header?.whole) return no(reasons.heic);
  if (header === null || header.width < 1 || header.height < 1) return no(reasons.damaged);
  const { width, height } = header;
  if (width * height > MAX_PIXELS) {
    const size = `${width.toLocaleString('en-US')} x ${height.toLocaleString('en-US')}`;
    return no(`The picture says that it is ${size} pixels; up to ${MAX_PIXELS / 1e6} megapixels are read here.`);
  }
  return header.whole ? { kind, width, height, reason: null } : no(reasons.cut);
}
