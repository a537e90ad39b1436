import sharp from 'sharp';
import { describe } from 'vitest';
import { decodedOnceCases } from '../session/clip/decodedOnce.testing';
import { NodeDecoder, rawDecode } from './nodeDecoder';

const edges = Array.from({ length: 21 }, (_, i) => 18 + 2 * i);
const count = { reads: 0, decodes: 0 };

class CountedFile extends Blob {
  override arrayBuffer(): Promise<ArrayBuffer> {
    count.reads += 1;
    return super.arrayBuffer();
  }
}

async function photo(edge: number, i: number): Promise<Blob> {
  const noise = Uint8Array.from({ length: edge * (edge + 5) * 3 }, (_, at) => Math.imul(at + i, 2654435761) >>> 24);
  const image = sharp(noise, { raw: { width: edge, height: edge + 5, channels: 3 } });
  return new CountedFile([new Uint8Array(await (i % 2 === 0 ? image.png() : image.jpeg()).toBuffer())]);
}

describe('under Node', () => {
  decodedOnceCases(async () => ({
    files: await Promise.all(edges.map(photo)),
    edges,
    openDecoder: () =>
      new NodeDecoder((bytes, kind) => {
        count.decodes += 1;
        return rawDecode(bytes, kind);
      }),
    decodes: () => count.decodes,
    reads: () => count.reads,
  }));
});
