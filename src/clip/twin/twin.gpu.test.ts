import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFrozenClip, type FrozenClip } from '../frozen';
import type { ClipModel } from '../model';
import { loadClipNano } from '../testing/clipNano';
import { checkTwin } from './checkTwin';
import { imageTwin, type ImageTwin } from './imageTwin';
import { textTwin, type TextTwin } from './textTwin';

let model: ClipModel;
let frozen: FrozenClip;
let image: ImageTwin;
let text: TextTwin;

beforeAll(async () => {
  model = await loadClipNano();
  [frozen, image, text] = await Promise.all([openFrozenClip(model), imageTwin(model), textTwin(model)]);
});
afterAll(async () => {
  image.dispose();
  text.dispose();
  await frozen.close();
});

describe('twin of clip-nano', () => {
  it('agrees with onnxruntime', async () => {
    const agreement = await checkTwin(model, frozen, { image, text });
    console.warn(agreement, image.program(1).operators);
    expect(agreement.image).toBeGreaterThan(0.999999);
    expect(agreement.text).toBeGreaterThan(0.999999);
  });
});
