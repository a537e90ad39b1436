/**
 * Uncompressed Windows bitmaps (BITMAPINFOHEADER and later; 1, 4, 8, 24 and 32 bits a pixel, bottom-up or top-down) to
 * RGBA, for headless runs. Other kinds throw, and are then reported as damaged. The file has been inspected before
 * (data/sniff.ts): it is whole and of sane size.
 */
import type { RgbaPixels } from '../data/resize';

export const isBmp = (bytes: Uint8Array): boolean => bytes[0] === 0x42 && bytes[1] === 0x4d;

interface Layout {
  width: number;
  height: number;
  topDown: boolean;
  bits: number;
  pixelsAt: number;
  paletteAt: number;
}

function layoutOf(view: DataView): Layout {
  const headerBytes = view.getUint32(14, true);
  const compression = view.getUint32(30, true);
  const bits = view.getUint16(28, true);
  const storedHeight = view.getInt32(22, true);
  if (headerBytes < 40 || compression !== 0 || ![1, 4, 8, 24, 32].includes(bits))
    throw new Error('This kind of bitmap is not decoded here.');
  return {
    width: view.getInt32(18, true),
    height: Math.abs(storedHeight),
    topDown: storedHeight < 0,
    bits,
    pixelsAt: view.getUint32(10, true),
    paletteAt: 14 + headerBytes,
  };
}

export function decodeBmp(bytes: Uint8Array): RgbaPixels {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { width, height, topDown, bits, pixelsAt, paletteAt } = layoutOf(view);
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let y = 0; y < height; y += 1) {
    const row = pixelsAt + (topDown ? y : height - 1 - y) * rowBytes;
    for (let x = 0; x < width; x += 1) {
      const at = bits >= 24 ? row + x * (bits >> 3) : paletteAt + 4 * paletteIndex(view, row, x, bits);
      const out = (y * width + x) * 4;
      // Stored blue, green, red; a fourth byte is padding, not alpha, in uncompressed bitmaps.
      data[out] = view.getUint8(at + 2);
      data[out + 1] = view.getUint8(at + 1);
      data[out + 2] = view.getUint8(at);
    }
  }
  return { width, height, data };
}

/** The palette index of a pixel: several share a byte, the leftmost in the high bits. */
function paletteIndex(view: DataView, row: number, x: number, bits: number): number {
  const perByte = 8 / bits;
  const byte = view.getUint8(row + Math.floor(x / perByte));
  return (byte >> (8 - bits * ((x % perByte) + 1))) & (2 ** bits - 1);
}
