/**
 * The decoders of workers on the page: the browser's own through createImageBitmap, pixels through an OffscreenCanvas;
 * libheif for HEIC.
 */
import heifUrl from 'libheif-js/libheif-wasm/libheif-bundle.mjs?url';
import type { RawDecode } from '../decode';
import { centreSquare } from '../resize';
import type { HeifLibrary, LoadHeif } from './decodeHeic';

/**
 * Larger squares are scaled down by the canvas first: 4096 px keep the read-back at 64 MiB, far above any resolution
 * trained here.
 */
const MAX_EDGE = 4096;

/**
 * Pixels in sRGB; of an animation, the first frame.
 * @param part the centred square, scaled down where it is very large; or the picture as it is
 */
export function canvasDecode(part: 'square' | 'whole'): RawDecode {
  // One for all pictures of the worker; the pixels stay on the CPU, where they are read.
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext('2d', { willReadFrequently: true, colorSpace: 'srgb' });
  return async (bytes) => {
    if (context === null) throw new Error('This browser draws no pictures in workers.');
    const bitmap = await createImageBitmap(new Blob([bytes]), {
      imageOrientation: 'from-image',
      colorSpaceConversion: 'default',
    });
    if (part === 'whole') {
      const { width, height } = bitmap;
      Object.assign(canvas, { width, height });
      context.drawImage(bitmap, 0, 0);
      bitmap.close();
      return context.getImageData(0, 0, width, height, { colorSpace: 'srgb' });
    }
    const { edge, left, top } = centreSquare(bitmap.width, bitmap.height);
    const size = Math.min(edge, MAX_EDGE);
    canvas.width = size;
    canvas.height = size;
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, left, top, edge, edge, 0, 0, size, size);
    bitmap.close();
    return context.getImageData(0, 0, size, size, { colorSpace: 'srgb' });
  };
}

const heif: { library: Promise<HeifLibrary> | null } = { library: null };
/** The library as its makers ship it, in a file of its own. */
export const loadHeif: LoadHeif = () =>
  (heif.library ??= import(/* @vite-ignore */ heifUrl).then(
    ({ default: open }: { default: () => Promise<HeifLibrary> }) => open(),
    (error: unknown) => {
      // The next picture asks anew.
      heif.library = null;
      throw error;
    },
  ));
