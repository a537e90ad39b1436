import { describe } from 'vitest';
import { DecodePool } from '../../data/decodePool';
import { decodedOnceCases } from './decodedOnce.testing';

const edges = Array.from({ length: 21 }, (_, i) => 18 + 2 * i);
let decoded = 0;

/** A decode worker of the pool; each outcome that it sends is a file that it has read and decoded. */
function countedWorker(): Worker {
  const worker = new Worker(new URL('../../data/decode.worker.ts', import.meta.url), { type: 'module' });
  worker.addEventListener('message', ({ data }: MessageEvent<{ type: string }>) => {
    if (data.type === 'outcome') decoded += 1;
  });
  return worker;
}

async function photo(edge: number, i: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(edge, edge + 5);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('no canvas');
  const image = context.createImageData(edge, edge + 5);
  image.data.forEach((_, at) => {
    image.data[at] = at % 4 === 3 ? 255 : Math.imul(at + i, 2654435761) >>> 24;
  });
  context.putImageData(image, 0, 0);
  return canvas.convertToBlob({ type: i % 2 === 0 ? 'image/png' : 'image/jpeg' });
}

describe('in decode workers', () => {
  decodedOnceCases(async () => ({
    files: await Promise.all(edges.map(photo)),
    edges,
    openDecoder: () => new DecodePool(2, countedWorker),
    decodes: () => decoded,
    reads: () => null,
  }));
});
