/**
 * One decode worker of the pool (decodePool.ts). Says `ready` once, so that the pool can tell a worker that cannot be
 * loaded from a picture that cannot be decoded.
 */
import { decodePicture, type WantsClip } from './decode';
import type { DecodeAnswer, DecodeReply, DecodeRequest } from './decodeProtocol';
import { canvasDecode, loadHeif } from './decoding/canvasDecode';
import { meterWorker } from '../shared/sentBytes';

meterWorker();

const decoders = { raw: canvasDecode('square'), heif: loadHeif };

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
  decodePicture(file, sizes, decoders, asks ? asking(id) : undefined).then(
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
