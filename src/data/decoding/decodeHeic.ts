/**
 * HEIC pictures, as phones save them, to RGBA by libheif (LGPL; a file of its own, unchanged, loaded when the first such
 * picture is met). The first picture of a file; upright, as the format says.
 */
import type { RgbaPixels } from '../resize';
import { MAX_PIXELS } from '../sniff';

interface HeifImage {
  get_width(): number;
  get_height(): number;
  is_primary?(): boolean;
  display(target: { data: Uint8ClampedArray; width: number; height: number }, done: (result: unknown) => void): void;
  free(): void;
}

export interface HeifLibrary {
  HeifDecoder: new () => { decode(bytes: Uint8Array): HeifImage[] };
}

/** Gives the library; page and Node find its file in different ways. */
export type LoadHeif = () => Promise<HeifLibrary>;

export async function decodeHeic(bytes: Uint8Array, { HeifDecoder }: HeifLibrary): Promise<RgbaPixels> {
  const images = new HeifDecoder().decode(bytes);
  try {
    const image = images.find((each) => each.is_primary?.()) ?? images[0];
    if (!image) throw new Error('There is no picture in the file.');
    const width = image.get_width();
    const height = image.get_height();
    if (width * height > MAX_PIXELS) throw new RangeError('The picture is too large.');
    const target = { data: new Uint8ClampedArray(width * height * 4), width, height };
    await new Promise<void>((resolve, reject) => {
      image.display(target, (result) => (result ? resolve() : reject(new Error('The picture is damaged.'))));
    });
    return target;
  } finally {
    for (const each of images) each.free();
  }
}
