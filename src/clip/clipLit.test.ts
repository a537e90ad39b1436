/** clip-lit's text tower and tokenizer, by onnxruntime, against PyTorch; and what its card says of how it reads names. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFrozenClip, type FrozenClip } from './frozen';
import type { ClipModel } from './model';
import { loadClipLit, readGolden } from './testing/clipNano';
import { leastCosine } from './vectors';
import { classFeatures } from './zeroShot';

let model: ClipModel;
let clip: FrozenClip;

beforeAll(async () => {
  model = await loadClipLit();
  clip = await openFrozenClip(model);
});
afterAll(() => clip.close());

describe('clip-lit', () => {
  it('splits texts into the tokens that it was trained on', async () => {
    for (const { text, ids } of (await readGolden('clip-lit')).texts)
      expect(model.tokenizer?.encode(text)).toEqual(ids);
  });

  it('gives the text embeddings that PyTorch gives, padded in a batch or alone', async () => {
    const { texts } = await readGolden('clip-lit');
    const together = await clip.encodeTexts(texts.map(({ text }) => text));
    for (const [n, { text, first8, norm }] of texts.entries()) {
      const alone = await clip.encodeTexts([text]);
      for (const [i, value] of first8.entries()) {
        expect(Math.abs((together[n * model.dim + i] ?? NaN) - value)).toBeLessThan(1e-5 * norm);
        expect(Math.abs((alone[i] ?? NaN) - value)).toBeLessThan(1e-5 * norm);
      }
    }
  });

  it('reads folder names: plural, in any case, with separators', async () => {
    const forms = ['traffic light', 'TrafficLights', 'traffic-light', 'traffic_lights', 'bicycle'];
    const rows = await classFeatures(clip, model, forms);
    const { dim } = model;
    const likeFirst = forms.map((_, i) =>
      leastCosine(rows.subarray(0, dim), rows.subarray(i * dim, (i + 1) * dim), dim),
    );
    for (const same of likeFirst.slice(1, 4)) expect(same).toBeGreaterThan(0.9);
    expect(likeFirst[4]).toBeLessThan(0.6);
  });
});
