/**
 * One decode worker of the pool (decodePool.ts): the browser's own decoders through createImageBitmap, pixels through
 * an OffscreenCanvas. Says `ready` once, so that the pool can tell a worker that cannot be loaded from a picture that
 * cannot be decoded.
 */
import { decodePicture, type RawDecode } from './decode';
import type { DecodeReply, DecodeRequest } from './decodeProtocol';
import { centreSquare } from './resize';

/**
 * Larger squares are scaled down by the canvas first: 4096 px keep the read-back at 64 MiB, far above any resolution
 * trained here.
 */
const MAX_EDGE = 4096;

/** Made for each worker once; the pixels stay on the CPU, where they are read. */
const canvas = new OffscreenCanvas(1, 1);
const context = canvas.getContext('2d', { willReadFrequently: true, colorSpace: 'srgb' });

/** The centred square of the picture, upright as EXIF says and converted to sRGB; of an animation, the first frame. */
const rawDecode: RawDecode = async (bytes) => {
  if (context === null) throw new Error('This browser draws no pictures in workers.');
  const bitmap = await createImageBitmap(new Blob([bytes]), {
    imageOrientation: 'from-image',
    colorSpaceConversion: 'default',
  });
  const { edge, left, top } = centreSquare(bitmap.width, bitmap.height);
  const size = Math.min(edge, MAX_EDGE);
  canvas.width = size;
  canvas.height = size;
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, left, top, edge, edge, 0, 0, size, size);
  bitmap.close();
  return context.getImageData(0, 0, size, size, { colorSpace: 'srgb' });
};

const post = (reply: DecodeReply, transfer: Transferable[] = []): void => self.postMessage(reply, { transfer });

self.addEventListener('message', (message: MessageEvent<DecodeRequest>) => {
  const { id, file, sizes } = message.data;
  decodePicture(file, sizes, rawDecode).then(
    (outcome) => {
      const arrays = outcome.picture === null ? [] : [outcome.picture.training, outcome.picture.clip];
      post(
        { type: 'outcome', id, outcome },
        arrays.flatMap((array) => (array === null ? [] : [array.buffer])),
      );
    },
    (error: unknown) => post({ type: 'failure', id, message: error instanceof Error ? error.message : String(error) }),
  );
});

post({ type: 'ready' });
