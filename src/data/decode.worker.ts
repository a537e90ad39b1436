/**
 * One decode worker of the pool (decodePool.ts): the browser's own decoders through createImageBitmap, pixels through
 * an OffscreenCanvas. Says `ready` once, so that the pool can tell a worker that cannot be loaded from a picture that
 * cannot be decoded.
 */
import heifUrl from 'libheif-js/libheif-wasm/libheif-bundle.mjs?url';
import { decodePicture, type RawDecode, type WantsClip } from './decode';
import type { DecodeAnswer, DecodeReply, DecodeRequest } from './decodeProtocol';
import type { HeifLibrary, LoadHeif } from './decoding/decodeHeic';
import { meterWorker } from '../shared/sentBytes';
import { centreSquare } from './resize';

meterWorker();

/**
 * Larger squares are scaled down by the canvas first: 4096 px keep the read-back at 64 MiB, far above any resolution
 * trained here.
 */
const MAX_EDGE = 4096;

/** Made for each worker once; the pixels stay on the CPU, where they are read. */
const canvas = new OffscreenCanvas(1, 1);
const context = canvas.getContext('2d', { willReadFrequently: true, colorSpace: 'srgb' });

/** The centred square of the picture, converted to sRGB; of an animation, the first frame. */
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

const heif: { library: Promise<HeifLibrary> | null } = { library: null };
/** The library as its makers ship it, in a file of its own. */
const loadHeif: LoadHeif = () =>
  (heif.library ??= import(/* @vite-ignore */ heifUrl).then(
    ({ default: open }: { default: () => Promise<HeifLibrary> }) => open(),
    (error: unknown) => {
      // The next picture asks anew.
      heif.library = null;
      throw error;
    },
  ));

const post = (reply: DecodeReply, transfer: Transferable[] = []): void => self.postMessage(reply, { transfer });

/** Questions that wait for their answer, by the picture's id. */
const questions = new Map<number, (wanted: boolean) => void>();

const asking =
  (id: number): WantsClip =>
  (hash) =>
    new Promise((resolve) => {
      questions.set(id, resolve);
      post({ type: 'asks', id, hash });
    });

function decode({ id, file, sizes, asks }: DecodeRequest): void {
  decodePicture(file, sizes, { raw: rawDecode, heif: loadHeif }, asks ? asking(id) : undefined).then(
    (outcome) => {
      const { training, clip } = outcome.picture ?? {};
      post(
        { type: 'outcome', id, outcome },
        [training, clip?.rgb].flatMap((array) => (array ? [array.buffer] : [])),
      );
    },
    (error: unknown) => post({ type: 'failure', id, message: error instanceof Error ? error.message : String(error) }),
  );
}

self.addEventListener('message', ({ data }: MessageEvent<DecodeRequest | DecodeAnswer>) => {
  if ('file' in data) {
    decode(data);
    return;
  }
  questions.get(data.id)?.(data.wanted);
  questions.delete(data.id);
});

post({ type: 'ready' });
