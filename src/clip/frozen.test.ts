import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFrozenClip, tokenMask, type FrozenClip } from './frozen';
import type { ClipModel } from './model';
import { loadClipNano, readGolden } from './testing/clipNano';
import { goldenPixels } from './testing/golden';

// Largest difference that PyTorch and native onnxruntime show on these inputs is 3e-6 (golden.json); wasm sums in
// another order.
const TOLERANCE = 2e-5;

let model: ClipModel;
let clip: FrozenClip;

beforeAll(async () => {
  model = await loadClipNano();
  clip = await openFrozenClip(model);
});
afterAll(() => clip.close());

describe('openFrozenClip', () => {
  it('gives the picture embeddings that PyTorch gives', async () => {
    const golden = await readGolden();
    const features = await clip.encodeImages(goldenPixels());
    expect(features.length).toBe(4 * model.dim);
    for (const [n, { first8, norm }] of golden.images.entries()) {
      const row = features.subarray(n * model.dim, (n + 1) * model.dim);
      for (const [i, value] of first8.entries()) expect(Math.abs((row[i] ?? NaN) - value)).toBeLessThan(TOLERANCE);
      expect(Math.abs(Math.hypot(...row) - norm)).toBeLessThan(10 * TOLERANCE);
    }
  });

  it('gives the text embeddings that PyTorch gives, padded in a batch or alone', async () => {
    const golden = await readGolden();
    const together = await clip.encodeTexts(golden.texts.map(({ text }) => text));
    for (const [n, { text, first8 }] of golden.texts.entries()) {
      const alone = await clip.encodeTexts([text]);
      for (const [i, value] of first8.entries()) {
        expect(Math.abs((together[n * model.dim + i] ?? NaN) - value)).toBeLessThan(TOLERANCE);
        expect(Math.abs((alone[i] ?? NaN) - value)).toBeLessThan(TOLERANCE);
      }
    }
  });

  it('answers calls that overlap, in any number, as if they came one by one', async () => {
    const pixels = goldenPixels().subarray(0, 3 * 64 * 64);
    const [a, texts, b] = await Promise.all([
      clip.encodeImages(pixels),
      clip.encodeTexts(['a dog', 'a cat', 'a frog']),
      clip.encodeImages(pixels),
    ]);
    expect(a).toEqual(b);
    expect(texts.length).toBe(3 * model.dim);
  });

  it('splits more texts than fit into one call', async () => {
    const words = Array.from({ length: 40 }, (_, i) => `number ${i % 20}`);
    const features = await clip.encodeTexts(words);
    for (let i = 0; i < 20 * model.dim; i++)
      expect(Math.abs((features[i] ?? NaN) - (features[i + 20 * model.dim] ?? NaN))).toBeLessThan(TOLERANCE);
  });

  it('refuses pixels of another size', async () => {
    await expect(clip.encodeImages(new Float32Array(3 * 32 * 32))).rejects.toThrow(/64/);
  });
});

describe('tokenMask', () => {
  it('ends after the first end token of each row', () => {
    expect([...tokenMask(Int32Array.of(1, 5, 9, 9, 1, 5, 6, 9), 4, 9)]).toEqual([1, 1, 1, 0, 1, 1, 1, 1]);
  });
});
