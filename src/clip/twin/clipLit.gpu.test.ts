/** The twin of clip-lit: convolutions in place of a transformer's patches, checked as the twin of clip-nano is. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grad, mul, sum, tensor, tidy, type Tensor, type Tensor3D, type Tensor4D } from '../../gpu/tensor';
import { openFrozenClip, type FrozenClip } from '../frozen';
import type { ClipModel } from '../model';
import { probePictures } from '../probePictures';
import { loadClipLit, readGolden } from '../testing/clipNano';
import { expectGolden, goldenPictures } from '../testing/golden';
import { checkTwin } from './checkTwin';
import { imageTwin, type ImageTwin } from './imageTwin';
import { textTwin, type TextTwin } from './textTwin';

let model: ClipModel;
let frozen: FrozenClip;
let image: ImageTwin;
let text: TextTwin;

beforeAll(async () => {
  model = await loadClipLit();
  [frozen, image, text] = await Promise.all([openFrozenClip(model), imageTwin(model), textTwin(model)]);
});
afterAll(async () => {
  image.dispose();
  text.dispose();
  await frozen.close();
});

const floats = async (t: Tensor): Promise<Float32Array> => (await t.data()) as Float32Array;

/** The slope of `f` at `x` along its own gradient, by central differences, over the gradient's length: 1 if it is right. */
async function slopeOverGradient(
  f: (x: Tensor) => Tensor,
  x: Float32Array,
  shape: number[],
  step: number,
): Promise<number> {
  const gradient = await floats(tidy(() => grad(f)(tensor(x, shape))));
  const length = Math.hypot(...gradient);
  const at = async (t: number): Promise<number> => {
    const moved = x.map((v, i) => v + (t * (gradient[i] as number)) / length);
    return (await floats(tidy(() => f(tensor(moved, shape)))))[0] as number;
  };
  return ((await at(step)) - (await at(-step))) / (2 * step) / length;
}

describe('twin of clip-lit', () => {
  it('agrees with onnxruntime and with PyTorch', async () => {
    const agreement = await checkTwin(model, frozen, { image, text });
    expect(agreement.image).toBeGreaterThan(0.999999);
    expect(agreement.text).toBeGreaterThan(0.999999);
    const pictures = tensor(goldenPictures(model), [4, 96, 96, 3]) as Tensor4D;
    expectGolden(await floats(tidy(() => image.encode(pictures))), await readGolden('clip-lit'));
    pictures.dispose();
  });

  it('gives the maps of its stages beside the embedding, under the names that the file gives them', async () => {
    expect([image.blocks, image.watched]).toEqual([
      4,
      [
        { block: 3, width: 256 },
        { block: 4, width: 512 },
      ],
    ]);
    expect(image.tokensInFile([3, 4])).toEqual([
      { output: 'relu10', width: 256, grid: [12, 12], form: 'map', leading: 0 },
      { output: 'relu22', width: 512, grid: [6, 6], form: 'map', leading: 0 },
    ]);
    const pixels = tensor(goldenPictures(model).subarray(0, 96 * 96 * 3), [1, 96, 96, 3]) as Tensor4D;
    const { embedding, tokens } = image.encodeWithTokens(pixels, [3, 4]);
    expect(tokens.map(({ shape }) => shape)).toEqual([
      [1, 12, 12, 256],
      [1, 6, 6, 512],
    ]);
    const alone = image.encode(pixels);
    expect(await floats(embedding)).toEqual(await floats(alone));
    for (const made of [pixels, embedding, alone, ...tokens]) made.dispose();
  });

  it('has texts that stop after the longest prompt: the tower was recognised as causal', () => {
    expect(text.stops).toBe(true);
  });

  it('has the gradient by pixels that central differences have', async () => {
    const x = Float32Array.from(probePictures(96).subarray(0, 96 * 96 * 3), (v) => 0.2 + (0.6 * v) / 255);
    const factors = tensor(
      Float32Array.from({ length: model.dim }, (_, i) => Math.cos(0.7 * i)),
      [1, model.dim],
    );
    const f = (pixels: Tensor): Tensor => sum(mul(image.encode(pixels as Tensor4D), factors));
    expect(await slopeOverGradient(f, x, [1, 96, 96, 3], 0.02)).toBeCloseTo(1, 1);
    factors.dispose();
  });

  it('has the gradient by learnt context vectors that central differences have', async () => {
    const names = ['dog', 'traffic light'].map((name) => model.tokenizer?.encodeWords(name) ?? []);
    const context = Float32Array.from(
      { length: 2 * 4 * text.width },
      (_, i) => 0.1 * Math.sin(0.29 * i * (1 + (i % 7))),
    );
    const factors = tensor(
      Float32Array.from({ length: 2 * model.dim }, (_, i) => Math.cos(0.7 * i)),
      [2, model.dim],
    );
    const f = (vectors: Tensor): Tensor => sum(mul(text.encodeContext(vectors as Tensor3D, names), factors));
    expect(await slopeOverGradient(f, context, [2, 4, text.width], 0.01)).toBeCloseTo(1, 2);
    factors.dispose();
  });
});
