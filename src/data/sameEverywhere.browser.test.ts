/**
 * One picture, the same pixels on the page and on the terminal: pictures at the edge of their formats
 * (src/headless/edgePictures.testing.ts) through this browser's decode workers, beside what sharp made of them.
 */
import { afterAll, expect, it } from 'vitest';
import { commands } from 'vitest/browser';
import { DecodePool } from './decodePool';

/** As `DecodedEdge` of edgePictures.testing.ts, which only Node can load. */
interface DecodedEdge {
  name: string;
  matte: string;
  file: string;
  training: string | null;
  reason: string | null;
}

declare module 'vitest/browser' {
  interface BrowserCommands {
    decodedEdges: () => Promise<DecodedEdge[]>;
  }
}

/** Where decoders do not allow 2 of 255, how far they are apart, and why. */
const exceptions: Record<string, { most: number; why: string }> = {
  'webp, alpha': { most: 4, why: 'a canvas keeps colour times alpha in 8 bits' },
  'png, alpha': { most: 4, why: 'a canvas keeps colour times alpha in 8 bits' },
};

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
const pool = new DecodePool(2);
afterAll(() => pool.close());

it('decodes alike, and refuses alike', async () => {
  const edges = await commands.decodedEdges();
  expect(edges.length).toBeGreaterThan(40);
  const found: Record<string, unknown> = {};
  const expected: Record<string, unknown> = {};
  for (const { name, matte, file, training, reason } of edges) {
    const { picture, reason: here } = await pool.decode(new Blob([bytesOf(file)]), {
      training: 24,
      clip: null,
      matte,
    });
    const there = training === null ? null : bytesOf(training);
    expected[name] = reason ?? 'alike';
    if (!picture || !there) {
      found[name] = here ?? 'decoded';
      continue;
    }
    const most = picture.training.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (there[i] ?? 999))), 0);
    found[name] = most <= (exceptions[name.replace(', over green', '')]?.most ?? 2) ? 'alike' : `${most} of 255 apart`;
  }
  expect(found).toEqual(expected);
  const refused = Object.keys(expected).filter((name) => expected[name] !== 'alike');
  expect(refused.toSorted()).toEqual([
    'empty',
    'heic, cut',
    'jpeg, damaged first bytes',
    'jpeg, half',
    'jpeg, no end',
    'png, no end',
    'png, wrong checksum of its header',
  ]);
});
