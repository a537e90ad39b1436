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

/** What is read of a bitmap, and the size at which it is drawn, in pixels. */
interface Area {
  from: { left: number; top: number; width: number; height: number };
  to: { width: number; height: number };
}

const wholeOf = ({ width, height }: ImageBitmap): Area => ({
  from: { left: 0, top: 0, width, height },
  to: { width, height },
});

function squareOf({ width, height }: ImageBitmap): Area {
  const { edge, left, top } = centreSquare(width, height);
  const size = Math.min(edge, MAX_EDGE);
  return { from: { left, top, width: edge, height: edge }, to: { width: size, height: size } };
}

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
    const { from, to } = part === 'whole' ? wholeOf(bitmap) : squareOf(bitmap);
    canvas.width = to.width;
    canvas.height = to.height;
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, from.left, from.top, from.width, from.height, 0, 0, to.width, to.height);
    bitmap.close();
    return context.getImageData(0, 0, to.width, to.height, { colorSpace: 'srgb' });
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
