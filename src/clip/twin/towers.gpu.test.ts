import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { div, grad, mul, sqrt, square, sum, tensor, tidy, type Tensor, type Tensor3D, type Tensor4D } from '../../gpu/tensor';
import type { DroppedFile } from '../dropped';
import { openFrozenClip } from '../frozen';
import { loadClip } from '../load';
import type { ClipModel } from '../model';
import { rowCosine } from '../../shared/linearAlgebra';
import { checkTwin } from './checkTwin';
import { imageTwin } from './imageTwin';
import { textTwin } from './textTwin';

// The towers, what is expected of them and the formulas of the inputs come from ../testing/makeTowers.py.
const [SIZE, WIDTH, DIM, WORDS] = [32, 32, 24, 4];
const NAMES = ['dog', 'an old red car', 'y'];

const layouts = {
  openai: { files: ['vision_model.onnx', 'text_model.onnx'], json: {}, dim: DIM, image: { linear: 10, jointAttention: 2, layerNorm: 6, softmax: 0 } },
  tiny: { files: ['model.onnx'], json: {}, dim: DIM, image: { linear: 10, jointAttention: 2, layerNorm: 6, softmax: 0 } },
  openclip: { files: ['visual.onnx', 'textual.onnx'], json: {}, dim: DIM, image: { attention: 2, layerNorm: 6, softmax: 0 } },
  siglip: {
    files: ['vision_model.onnx', 'text_model.onnx'],
    json: { model_type: 'siglip', text_config: { max_position_embeddings: 24 }, image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] },
    dim: WIDTH,
    // The pooling head asks with one position and answers from sixteen: written out.
    image: { jointAttention: 2, layerNorm: 6, softmax: 1 },
  },
} as const;

interface Expected {
  image: number[];
  prompt: number[];
  pixelGradient: number[];
  contextGradient: number[];
}

const folder = new URL('../testing/towers/', import.meta.url);
const read = async (path: string): Promise<DroppedFile> => ({ name: path, file: new Blob([new Uint8Array(await readFile(new URL(path, folder)))]) });

async function load(layout: keyof typeof layouts | 'quantized'): Promise<ClipModel> {
  const { files, json } = layouts[layout === 'quantized' ? 'openai' : layout];
  const { image_mean: mean, image_std: std, ...config } = { image_mean: undefined, image_std: undefined, text_config: { max_position_embeddings: 24 }, ...json };
  const extra = [config, ...(mean ? [{ image_mean: mean, image_std: std }] : [])].map((value) => ({ name: 'x.json', file: new Blob([JSON.stringify({ model_type: 'clip', ...value })]) }));
  const offline = (): Promise<never> => Promise.reject(new Error('offline'));
  const none = { open: offline };
  return loadClip({ kind: 'files', files: [...(await Promise.all(files.map((file) => read(`${layout}/${file}`)))), await read('tokenizer.json'), ...extra] }, none, () => {});
}

const floats = async (t: Tensor): Promise<Float32Array> => (await t.data()) as Float32Array;
const pixels = (): Float32Array => Float32Array.from({ length: 2 * SIZE * SIZE * 3 }, (_, i) => 0.5 + 0.4 * Math.sin(0.37 * i + 0.01 * i * (i % 5)));
const context = (): Float32Array => Float32Array.from({ length: NAMES.length * WORDS * WIDTH }, (_, i) => 0.7 * Math.sin(0.53 * i + 0.002 * i * (i % 3)));

/** Sum over rows of the cosine with a fixed direction. */
function summedCosine(y: Tensor): Tensor {
  const towards = tensor(Float32Array.from({ length: y.size }, (_, i) => Math.sin(0.71 * i)), y.shape);
  return sum(div(sum(mul(y, towards), -1), sqrt(mul(sum(square(y), -1), sum(square(towards), -1)))));
}

/** Largest difference, relative to the largest number expected. */
function difference(actual: Float32Array, expected: readonly number[]): number {
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (actual[i] as number))), 0) / scale;
}

for (const layout of Object.keys(layouts) as (keyof typeof layouts)[]) {
  describe(`twin of the ${layout} layout`, () => {
    it('gives the embeddings and gradients that PyTorch gives', async () => {
      const model = await load(layout);
      const expected = JSON.parse(await readFile(new URL(`${layout}/expected.json`, folder), 'utf8')) as Expected;
      const [frozen, image, text] = await Promise.all([openFrozenClip(model), imageTwin(model), textTwin(model)]);
      const { tokenizer } = model;
      if (!tokenizer) throw new Error('these towers have a tokenizer');
      const { dim } = layouts[layout];
      expect(model).toMatchObject({ dim, imageSize: SIZE, contextLength: 24 });
      expect({ softmax: 0, ...image.program(2).operators }).toMatchObject(layouts[layout].image);

      const x = tensor(pixels(), [2, SIZE, SIZE, 3]);
      const v = tensor(context(), [NAMES.length, WORDS, WIDTH]);
      const names = NAMES.map((name) => tokenizer.encodeWords(name));
      const ofPixels = (p: Tensor): Tensor => image.encode(p as Tensor4D);
      const ofContext = (c: Tensor): Tensor => text.encodeContext(c as Tensor3D, names);
      const features = await floats(tidy(() => ofPixels(x)));
      const prompts = await floats(tidy(() => ofContext(v)));
      for (let row = 0; row < 2; row++) expect(rowCosine(features, Float32Array.from(expected.image), dim, row)).toBeGreaterThan(0.999999);
      for (let row = 0; row < NAMES.length; row++) expect(rowCosine(prompts, Float32Array.from(expected.prompt), dim, row)).toBeGreaterThan(0.999999);
      const gx = await floats(tidy(() => grad((p: Tensor) => summedCosine(ofPixels(p)))(x)));
      const gv = await floats(tidy(() => grad((c: Tensor) => summedCosine(ofContext(c)))(v)));
      // float32 against float64 through five normalisations of large random activations: 1e-5 is seen, 1e-4 allowed.
      expect(difference(gx.subarray(SIZE * SIZE * 3), expected.pixelGradient)).toBeLessThan(1e-4);
      expect(difference(gv, expected.contextGradient)).toBeLessThan(1e-4);

      const agreement = await checkTwin(model, frozen, { image, text });
      expect(Math.min(agreement.image, agreement.text ?? 0)).toBeGreaterThan(0.9999);
      for (const made of [x, v, image, text]) made.dispose();
      await frozen.close();
    });
  });
}

describe('twin of a dynamically quantised CLIP', () => {
  it('stays near what onnxruntime makes of it, and nearer to the model before', async () => {
    const [model, plain] = await Promise.all([load('quantized'), load('openai')]);
    const [frozen, image, text] = await Promise.all([openFrozenClip(model), imageTwin(model), textTwin(model)]);
    expect({ softmax: 0, ...image.program(2).operators }).toMatchObject(layouts.openai.image);
    const agreement = await checkTwin(model, frozen, { image, text });
    expect(Math.min(agreement.image, agreement.text ?? 0)).toBeGreaterThan(0.999);
    expect(Math.min(agreement.image, agreement.text ?? 1)).toBeLessThan(0.999999);
    const expected = JSON.parse(await readFile(new URL('openai/expected.json', folder), 'utf8')) as Expected;
    const x = tensor(pixels(), [2, SIZE, SIZE, 3]);
    const features = await floats(tidy(() => image.encode(x as Tensor4D)));
    for (let row = 0; row < 2; row++) expect(rowCosine(features, Float32Array.from(expected.image), DIM, row)).toBeGreaterThan(0.999);
    expect(model.vision.length).toBeLessThan(plain.vision.length);
    for (const made of [x, image, text]) made.dispose();
    await frozen.close();
  });
});

describe('checkTwin', () => {
  it('refuses a twin that is not the model', async () => {
    const [model, other] = await Promise.all([load('openai'), load('openclip')]);
    const frozen = await openFrozenClip(model);
    const image = await imageTwin(other);
    await expect(checkTwin(model, frozen, { image, text: null })).rejects.toMatchObject({ info: { code: 'clip-mismatch' } });
    image.dispose();
    await frozen.close();
  });
});
