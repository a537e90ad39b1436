/**
 * Size and wholeness of the picture formats that browsers decode, read from their headers and block structure (PNG: W3C
 * specification; JPEG: ITU T.81 annex B; GIF: GIF89a; WebP: RFC 9649; BMP: BITMAPINFOHEADER; AVIF: ISO 14496-12 boxes).
 * Nothing is decoded. A read beyond the end throws `RangeError`, which the caller takes for a file that is cut off.
 */
import { tiffSize } from './decoding/soundTiff';

/** `whole` is false where the file ends before the picture does; null: the structure makes no sense. */
export type Header = { width: number; height: number; whole: boolean } | null;

const tag = (view: DataView, at: number): string =>
  String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));

/** Whole if its chunks lead to IEND, whose own checksum may be missing. */
export function pngHeader(view: DataView): Header {
  if (tag(view, 12) !== 'IHDR') return null;
  const size = { width: view.getUint32(16), height: view.getUint32(20) };
  for (let at = 8; at + 8 <= view.byteLength; at += 12 + view.getUint32(at)) {
    if (tag(view, at + 4) === 'IEND') return { ...size, whole: true };
  }
  return { ...size, whole: false };
}

const isStartOfFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/**
 * True if an end-of-image marker follows: inside coded data 0xff is always followed by 0 or a restart marker, so none
 * can be found by chance.
 */
function hasEndOfImage(view: DataView, from: number): boolean {
  for (let at = view.byteLength - 2; at >= from; at -= 1) {
    if (view.getUint8(at) === 0xff && view.getUint8(at + 1) === 0xd9) return true;
  }
  return false;
}

/** Whole if an end-of-image marker comes after the first scan begins; what cameras append behind it does no harm. */
export function jpegHeader(view: DataView, start = 0): Header {
  let size: Header = null;
  let at = start + 2;
  for (;;) {
    // Stray bytes between segments are skipped, as decoders do.
    while (view.getUint8(at) !== 0xff || [0, 0xff].includes(view.getUint8(at + 1))) at += 1;
    const marker = view.getUint8(at + 1);
    if (marker === 0xd9) return size;
    if (isStartOfFrame(marker)) size = { width: view.getUint16(at + 7), height: view.getUint16(at + 5), whole: true };
    if (marker === 0xda) return size && { ...size, whole: hasEndOfImage(view, at + 2) };
    const standalone = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
    at += standalone ? 2 : 2 + view.getUint16(at + 2);
  }
}

/** Position behind a chain of GIF data sub-blocks. */
function behindSubBlocks(view: DataView, from: number): number {
  let at = from;
  for (let length = view.getUint8(at); length !== 0; length = view.getUint8(at)) at += 1 + length;
  return at + 1;
}

const colorTableBytes = (flags: number): number => ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1));

/** Whole if its first frame is: later frames are not used. */
export function gifHeader(view: DataView): Header {
  const size = { width: view.getUint16(6, true), height: view.getUint16(8, true), whole: true };
  let at = 13 + colorTableBytes(view.getUint8(10));
  for (;;) {
    const block = view.getUint8(at);
    if (block === 0x21) {
      at = behindSubBlocks(view, at + 2);
    } else if (block === 0x2c) {
      behindSubBlocks(view, at + 11 + colorTableBytes(view.getUint8(at + 9)));
      return size;
    } else {
      return null;
    }
  }
}

const uint24 = (view: DataView, at: number): number => view.getUint16(at, true) + view.getUint8(at + 2) * 65_536;

/** Whole if the RIFF length is there. */
export function webpHeader(view: DataView): Header {
  // One byte of slack: a missing pad byte at the very end does no harm.
  const whole = view.getUint32(4, true) + 8 <= view.byteLength + 1;
  const kind = tag(view, 12);
  if (kind === 'VP8X') return { width: uint24(view, 24) + 1, height: uint24(view, 27) + 1, whole };
  if (kind === 'VP8 ')
    return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff, whole };
  if (kind !== 'VP8L') return null;
  const bits = view.getUint32(21, true);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, whole };
}

/** Whole if the rows that its header announces are there (compressed kinds are left to the decoder). */
export function bmpHeader(view: DataView): Header {
  const core = view.getUint32(14, true) === 12;
  const width = core ? view.getUint16(18, true) : view.getInt32(18, true);
  const height = core ? view.getUint16(20, true) : Math.abs(view.getInt32(22, true));
  const bitsPerPixel = view.getUint16(core ? 24 : 28, true);
  const compression = core ? 0 : view.getUint32(30, true);
  const rowBytes = Math.ceil((width * bitsPerPixel) / 32) * 4;
  const end = view.getUint32(10, true) + rowBytes * height;
  const plain = compression === 0 || compression === 3;
  return { width, height, whole: !plain || end <= view.byteLength };
}

/** Whole if its top-level boxes end with the file; the size is that of the largest image in it (`ispe`). */
export function heifHeader(view: DataView): Header {
  let size: Header = null;
  let whole = true;
  for (let at = 0; at < view.byteLength;) {
    const length = view.getUint32(at);
    const end = length === 0 ? view.byteLength : length === 1 ? at + Number(view.getBigUint64(at + 8)) : at + length;
    if (end < at + 8) return null;
    whole &&= end <= view.byteLength;
    if (tag(view, at + 4) === 'meta') {
      for (let i = at + 8; i + 16 <= Math.min(end, view.byteLength); i += 1) {
        if (view.getUint32(i) !== 0x69737065) continue; // 'ispe'
        const found = { width: view.getUint32(i + 8), height: view.getUint32(i + 12), whole };
        if (size === null || found.width * found.height > size.width * size.height) size = found;
      }
    }
    at = end;
  }
  return size && { ...size, whole };
}

/** Whole as far as its directory goes; strips and tiles are left to the decoder. Classic TIFF only. */
export function tiffHeader(view: DataView): Header {
  if (view.getUint16(2, view.getUint16(0) === 0x4949) !== 42) return null;
  const size = tiffSize(view);
  return size && { ...size, whole: true };
}
