/**
 * TIFF pictures to RGBA by utif2, the same on the page and under Node. 8 and 16 bits, grey and colour; of several pages
 * the first. Cameras store 10, 12 or 14 bits in 16: where no value needs more, it is scaled from what is used, so that
 * a microscope's picture is not all but black.
 */
import UTIF from 'utif2';
import type { RgbaPixels } from '../resize';
import { upright, type Orientation } from './exif';
import { soundTiff } from './soundTiff';

type Page = ReturnType<typeof UTIF.decode>[number];

const numberOf = (page: Page, tag: string, otherwise: number): number => {
  const value = page[tag];
  return Array.isArray(value) && typeof value[0] === 'number' ? value[0] : otherwise;
};

/** Grey of 16 bits a value, unsigned, as utif2 unpacks it. */
function grey16(page: Page): RgbaPixels {
  const { width, height, data } = page;
  const count = width * height;
  const values = new Uint16Array(count);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  // utif2 gives values in the order of the machine.
  const samples = numberOf(page, 't277', 1);
  let most = 0;
  for (let i = 0; i < count; i += 1) {
    const value = view.getUint16(i * samples * 2, true);
    values[i] = value;
    if (value > most) most = value;
  }
  const full = [1023, 4095, 16_383, 65_535].find((each) => most <= each) ?? 65_535;
  const inverted = numberOf(page, 't262', 1) === 0;
  const rgba = new Uint8Array(count * 4);
  for (let i = 0; i < count; i += 1) {
    const value = Math.round(((values[i] ?? 0) * 255) / (most <= 255 ? 255 : full));
    rgba.fill(inverted ? 255 - value : value, i * 4, i * 4 + 3);
    rgba[i * 4 + 3] = 255;
  }
  return { width, height, data: rgba };
}

/** The decoder talks to the console, which on the terminal is where answers are read. */
function quietly<T>(task: () => T): T {
  const { log } = globalThis.console;
  Object.assign(globalThis.console, { log: () => undefined });
  try {
    return task();
  } finally {
    Object.assign(globalThis.console, { log });
  }
}

export function decodeTiff(bytes: Uint8Array<ArrayBuffer>): RgbaPixels {
  const buffer = soundTiff(bytes);
  const [page] = quietly(() => UTIF.decode(buffer));
  if (!page) throw new Error('There is no picture in the file.');
  quietly(() => UTIF.decodeImage(buffer, page));
  const { width, height } = page;
  if (!(width > 0 && height > 0) || !page.data || page.data.length === 0) throw new Error('The picture is empty.');
  const bits = numberOf(page, 't258', 1);
  const samples = numberOf(page, 't277', 1);
  const format = numberOf(page, 't339', 1);
  const photometric = numberOf(page, 't262', 1);
  const isGrey16 = bits === 16 && samples <= 2 && format === 1 && photometric <= 1;
  const needed = isGrey16 ? width * height * 2 * samples : 0;
  if (page.data.length < needed) throw new Error('The picture is cut off.');
  const pixels = isGrey16 ? grey16(page) : { width, height, data: quietly(() => UTIF.toRGBA8(page)) };
  if (pixels.data.length !== width * height * 4) throw new Error('The picture is cut off.');
  return upright(pixels, Math.min(8, Math.max(1, numberOf(page, 't274', 1))) as Orientation);
}
