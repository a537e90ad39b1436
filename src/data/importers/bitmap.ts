/** Arrays of pixels as uncompressed bitmaps (BMP, top-down), which browsers and the terminal's decoder read alike. */

export interface PixelPlanes {
  width: number;
  height: number;
  channels: 1 | 3 | 4;
  /** Value 0 to 255 of a pixel's channel. */
  at(x: number, y: number, channel: number): number;
}

const HEADER = 54;

/** 8 bits grey with a palette, or 24 bits; alpha is laid over white. */
export function bitmap({ width, height, channels, at }: PixelPlanes): Uint8Array<ArrayBuffer> {
  const grey = channels === 1;
  const row = grey ? Math.ceil(width / 4) * 4 : Math.ceil((width * 3) / 4) * 4;
  const begin = HEADER + (grey ? 1024 : 0);
  const bytes = new Uint8Array(begin + row * height);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x424d);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, begin, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, -height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, grey ? 8 : 24, true);
  if (grey) for (let value = 0; value < 256; value += 1) view.setUint32(HEADER + 4 * value, value * 0x010101, true);
  for (let y = 0; y < height; y += 1) {
    let out = begin + y * row;
    for (let x = 0; x < width; x += 1) {
      if (grey) {
        bytes[out++] = at(x, y, 0);
        continue;
      }
      const alpha = channels === 4 ? at(x, y, 3) : 255;
      for (let channel = 2; channel >= 0; channel -= 1)
        bytes[out++] = Math.round((at(x, y, channel) * alpha + 255 * (255 - alpha)) / 255);
    }
  }
  return bytes;
}
