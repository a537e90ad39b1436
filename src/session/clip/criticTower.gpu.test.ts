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

const at = (resolution: 32 | 64, weight = 1): RunConfig => ({
  ...presets.tiny,
  resolution,
  clipHead: { ...presets.tiny.clipHead, weight },
});

describe('criticTower', () => {
  it('looks at tokens from 64 px on, and gives the features that the tower gives alone', async () => {
    const [plain, withTokens] = [criticTower({ image, model }, at(32)), criticTower({ image, model }, at(64))];
    expect([plain.tokens, criticTower({ image, model }, at(64, 0)).tokens]).toEqual([null, null]);
    expect(withTokens.tokens?.blocks.length).toBeGreaterThan(0);
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
    const { blocks = [], grid = [0, 0], width } = withTokens.tokens ?? {};
    expect(shapes).toEqual(blocks.map(() => [2, grid[0] * grid[1], width]));
  });
});
