import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClipModel } from '../../clip/model';
import { loadTinyClip } from '../../clip/testing/tinyClip';
import { imageTwin, type ImageTwin } from '../../clip/twin/imageTwin';
import { clipView } from '../../lcp/training/clipBranch';
import { tensor, tidy, type Tensor4D } from '../../gpu/tensor';
import { testEngine } from '../../gpu/testing/testEngine';
import { presets, type RunConfig } from '../../shared/config';
import { criticTower } from './criticTower';

let model: ClipModel;
let image: ImageTwin;
beforeAll(async () => {
  await testEngine();
  model = await loadTinyClip();
  image = await imageTwin(model);
});
afterAll(() => image.dispose());

const at = (resolution: 32 | 64, clipHead: Partial<RunConfig['clipHead']> = {}): RunConfig => ({
  ...presets.tiny,
  resolution,
  clipHead: { ...presets.tiny.clipHead, ...clipHead },
});

describe('criticTower', () => {
  it('looks into a transformer from 64 px on, and gives the features that the tower gives alone', async () => {
    const eyes = { image, model };
    const [plain, withTokens] = [criticTower(eyes, eyes, at(32)), criticTower(eyes, eyes, at(64))];
    expect([plain.tokens, criticTower(eyes, eyes, at(64, { weight: 0 })).tokens]).toEqual([null, null]);
    expect(criticTower(eyes, eyes, at(64, { tokenHeads: 'none' })).tokens).toBe(null);
    expect(withTokens.tokens?.of).toBe('critic');
    const { widths = [] } = withTokens.tokens ?? {};
    expect(widths.length).toBeGreaterThan(0);
    const pictures = tensor(
      Float32Array.from({ length: 2 * 64 * 64 * 3 }, (_, i) => Math.sin(i)),
      [2, 64, 64, 3],
    ) as Tensor4D;
    const [alone, together] = [
      tidy(() => clipView(pictures, plain).features),
      tidy(() => clipView(pictures, withTokens).features),
    ];
    expect([...(await together.data())]).toEqual([...(await alone.data())].map((value) => expect.closeTo(value, 5)));
    const shapes: (readonly number[])[] = [];
    tidy(() => {
      shapes.push(...clipView(pictures, withTokens).tokens.map(({ shape }) => shape));
    });
    expect(shapes).toEqual(widths.map((width) => [2, expect.any(Number), expect.any(Number), width]));
  });

  it('looks into the convolutions of the CLIP that sees at every resolution, beside another one that judges', () => {
    const { dim, imageSize } = model;
    const encodeTokens = (): Tensor4D[] => [tensor(new Float32Array(8), [1, 2, 2, 2]) as Tensor4D];
    const watched = [{ block: 3, width: 2 }];
    const convolutions = { convolutional: true, watched, imageSize: 48, encodeTokens } as unknown as ImageTwin;
    const eyes = { image: convolutions, model: { ...model, imageSize: 48 } };
    const critic = { image, model };
    expect(criticTower(critic, eyes, at(32))).toMatchObject({
      dim,
      imageSize,
      tokens: { of: 'another', widths: [2], imageSize: 48 },
    });
    // As runs did before there was a choice: the critic's own, from 64 px on, and no convolutions.
    const before = { tokenHeads: 'critic' } as const;
    expect(criticTower(critic, eyes, at(32, before)).tokens).toBe(null);
    expect(criticTower(critic, eyes, at(64, before)).tokens?.of).toBe('critic');
    expect(criticTower(eyes, eyes, at(64, before)).tokens).toBe(null);
  });
});
