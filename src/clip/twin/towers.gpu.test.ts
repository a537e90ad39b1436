import { readFile } from 'node:fs/promises';
import { toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { parseModelProto } from '../../formats/onnx';
import { ModelProtoSchema } from '../../formats/onnx_pb';
import {
  div,
  grad,
  mul,
  sqrt,
  square,
  sum,
  tensor,
  tidy,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
} from '../../gpu/tensor';
import type { StudioError } from '../../shared/errors';
import type { DroppedFile } from '../dropped';
import { toBlocks, toChannels, toHalf } from '../testing/convertOnnx';
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
  openai: {
    files: ['vision_model.onnx', 'text_model.onnx'],
    json: {},
    dim: DIM,
    image: { linear: 10, jointAttention: 2, layerNorm: 6, softmax: 0 },
  },
  tiny: {
    files: ['model.onnx'],
    json: {},
    dim: DIM,
    image: { linear: 10, jointAttention: 2, layerNorm: 6, softmax: 0 },
  },
  openclip: {
    files: ['visual.onnx', 'textual.onnx'],
    json: {},
    dim: DIM,
    image: { attention: 2, layerNorm: 6, softmax: 0 },
  },
  siglip: {
    files: ['vision_model.onnx', 'text_model.onnx'],
    json: {
      model_type: 'siglip',
      text_config: { max_position_embeddings: 24 },
      image_mean: [0.5, 0.5, 0.5],
      image_std: [0.5, 0.5, 0.5],
    },
    dim: WIDTH,
    // The pooling head asks with one position and answers from sixteen: written out.
    image: { jointAttention: 2, layerNorm: 6, softmax: 1 },
  },
  // Convolutions everywhere; GELU is taken in by the single-pixel ones, which are products. The pooled picture is one
  // reduction, as is the squeeze.
  mobile: {
    files: ['vision_model.onnx'],
    json: {},
    dim: DIM,
    image: { conv: 1, depthwise: 7, jointAttention: 2, reduce: 2, unary: 1, activation: 5, softmax: 0 },
  },
} as const;

interface Expected {
  image: number[];
  pixelGradient: number[];
  /** After the first block, of the second picture; every eighth number of the gradient by its pixels. */
  tokens: number[];
  tokenGradient: number[];
  prompt?: number[];
  contextGradient?: number[];
}

const folder = new URL('../testing/towers/', import.meta.url);
const read = async (
  path: string,
  convert: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes,
): Promise<DroppedFile> => ({
  name: path,
  file: new Blob([new Uint8Array(convert(new Uint8Array(await readFile(new URL(path, folder)))))]),
});

type Convert = (bytes: Uint8Array) => Uint8Array;

async function load(
  layout: keyof typeof layouts | 'quantized',
  convert: Convert = (bytes) => bytes,
): Promise<ClipModel> {
  const { files, json } = layouts[layout === 'quantized' ? 'openai' : layout];
  const {
    image_mean: mean,
    image_std: std,
    ...config
  } = { image_mean: undefined, image_std: undefined, text_config: { max_position_embeddings: 24 }, ...json };
  const extra = [config, ...(mean ? [{ image_mean: mean, image_std: std }] : [])].map((value) => ({
    name: 'x.json',
    file: new Blob([JSON.stringify({ model_type: 'clip', ...value })]),
  }));
  const offline = (): Promise<never> => Promise.reject(new Error('offline'));
  const none = { open: offline };
  return loadClip(
    {
      kind: 'files',
      files: [
        ...(await Promise.all(files.map((file) => read(`${layout}/${file}`, convert)))),
        await read('tokenizer.json'),
        ...extra,
      ],
    },
    none,
    () => {},
  );
}

const floats = async (t: Tensor): Promise<Float32Array> => (await t.data()) as Float32Array;
const pixels = (): Float32Array =>
  Float32Array.from({ length: 2 * SIZE * SIZE * 3 }, (_, i) => 0.5 + 0.4 * Math.sin(0.37 * i + 0.01 * i * (i % 5)));
const context = (): Float32Array =>
  Float32Array.from({ length: NAMES.length * WORDS * WIDTH }, (_, i) => 0.7 * Math.sin(0.53 * i + 0.002 * i * (i % 3)));

/** Sum over rows of the cosine with a fixed direction. */
function summedCosine(y: Tensor): Tensor {
  const towards = tensor(
    Float32Array.from({ length: y.size }, (_, i) => Math.sin(0.71 * i)),
    y.shape,
  );
  return sum(div(sum(mul(y, towards), -1), sqrt(mul(sum(square(y), -1), sum(square(towards), -1)))));
}

/** Largest difference, relative to the largest number expected. */
function difference(actual: Float32Array, expected: readonly number[]): number {
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (actual[i] as number))), 0) / scale;
}

const expectedOf = async (layout: keyof typeof layouts): Promise<Expected> =>
  JSON.parse(await readFile(new URL(`${layout}/expected.json`, folder), 'utf8')) as Expected;

function expectRows(actual: Float32Array, expected: readonly number[], rows: number, least: number): void {
  for (let row = 0; row < rows; row++)
    expect(rowCosine(actual, expected, expected.length / rows, row)).toBeGreaterThan(least);
}

// float32 against float64 through five normalisations of large random activations: 1e-5 is seen, 1e-4 allowed.
const GRADIENT = 1e-4;

for (const layout of Object.keys(layouts) as (keyof typeof layouts)[]) {
  describe(`twin of the ${layout} layout`, () => {
    it('gives the embeddings, tokens and gradients by pixels that PyTorch gives', async () => {
      const [model, expected] = await Promise.all([load(layout), expectedOf(layout)]);
      const image = await imageTwin(model);
      expect(model).toMatchObject({ dim: layouts[layout].dim, imageSize: SIZE });
      expect({ softmax: 0, activation: 0, ...image.program(2).operators }).toMatchObject(layouts[layout].image);
      expect(image.blocks).toBe(2);
      const x = tensor(pixels(), [2, SIZE, SIZE, 3]) as Tensor4D;
      expectRows(await floats(tidy(() => image.encode(x))), expected.image, 2, 0.999999);
      const gradient = await floats(tidy(() => grad((p: Tensor) => summedCosine(image.encode(p as Tensor4D)))(x)));
      expect(difference(gradient.subarray(SIZE * SIZE * 3), expected.pixelGradient)).toBeLessThan(GRADIENT);

      const { embedding, tokens } = image.encodeWithTokens(x, [1]);
      const [first] = tokens;
      expect([tokens.length, first?.shape]).toEqual([1, [2, 4, 4, WIDTH]]);
      const values = await floats(first as Tensor);
      expect(difference(values.subarray(values.length / 2), expected.tokens)).toBeLessThan(GRADIENT);
      const byTokens = await floats(
        tidy(() =>
          grad((p: Tensor) => summedCosine(image.encodeWithTokens(p as Tensor4D, [1]).tokens[0] as Tensor))(x),
        ),
      );
      const sampled = byTokens.subarray(SIZE * SIZE * 3).filter((_, i) => i % 8 === 0);
      expect(difference(sampled, expected.tokenGradient)).toBeLessThan(GRADIENT);
      for (const made of [x, image, embedding, ...tokens]) made.dispose();
    });

    it('agrees with onnxruntime, and has the gradients by context vectors that PyTorch has', async () => {
      const [model, expected] = await Promise.all([load(layout), expectedOf(layout)]);
      const [frozen, image, text] = await Promise.all([
        openFrozenClip(model),
        imageTwin(model),
        model.text ? textTwin(model) : null,
      ]);
      const agreement = await checkTwin(model, frozen, { image, text });
      expect(agreement.image).toBeGreaterThan(0.9999);
      await frozen.close();
      image.dispose();
      const { tokenizer } = model;
      expect(text !== null).toBe(expected.prompt !== undefined);
      if (!text || !tokenizer || !expected.prompt || !expected.contextGradient) return;
      expect(agreement.text).toBeGreaterThan(0.9999);
      // SigLIP's tower sees the whole context from everywhere; the others stop after the longest prompt, whatever their
      // masks say about padding.
      const { tokens, operators } = text.describe(
        WORDS,
        NAMES.map((name) => tokenizer.encodeWords(name)),
      );
      expect([text.stops, tokens]).toEqual(layout === 'siglip' ? [false, 24] : [true, 1 + WORDS + 11 + 2]);
      expect({ softmax: 0, ...operators }).toMatchObject(
        layout === 'openclip' ? { attention: 2, softmax: 0 } : { jointAttention: 2, softmax: 0 },
      );
      const v = tensor(context(), [NAMES.length, WORDS, WIDTH]);
      const names = NAMES.map((name) => tokenizer.encodeWords(name));
      const ofContext = (c: Tensor): Tensor => text.encodeContext(c as Tensor3D, names);
      expectRows(await floats(tidy(() => ofContext(v))), expected.prompt, NAMES.length, 0.999999);
      const gradient = await floats(tidy(() => grad((c: Tensor) => summedCosine(ofContext(c)))(v)));
      expect(difference(gradient, expected.contextGradient)).toBeLessThan(GRADIENT);
      for (const made of [v, text]) made.dispose();
    });
  });
}

const precisions: Record<string, { convert: Convert; least: number; near: number }> = {
  'half precision': { convert: toHalf, least: 0.999, near: 0.01 },
  'eight bits a channel': { convert: toChannels, least: 0.99999, near: 0.1 },
  'four bits in blocks': { convert: toBlocks, least: 0.99999, near: 1 },
};

describe('twin of other precisions', () => {
  for (const [name, { convert, least, near }] of Object.entries(precisions)) {
    it(`follows a model in ${name}`, async () => {
      const [model, expected] = await Promise.all([load('openai', convert), expectedOf('openai')]);
      const [frozen, image, text] = await Promise.all([openFrozenClip(model), imageTwin(model), textTwin(model)]);
      expect({ softmax: 0, ...image.program(2).operators }).toMatchObject(layouts.openai.image);
      const agreement = await checkTwin(model, frozen, { image, text });
      expect(Math.min(agreement.image, agreement.text ?? 0)).toBeGreaterThan(least);
      const x = tensor(pixels(), [2, SIZE, SIZE, 3]);
      const gradient = await floats(tidy(() => grad((p: Tensor) => summedCosine(image.encode(p as Tensor4D)))(x)));
      // Near the unquantised model's gradient, as far as the weights are near.
      expect(difference(gradient.subarray(SIZE * SIZE * 3), expected.pixelGradient)).toBeLessThan(near);
      for (const made of [x, image, text]) made.dispose();
      await frozen.close();
    });
  }
});

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
    for (let row = 0; row < 2; row++)
      expect(rowCosine(features, Float32Array.from(expected.image), DIM, row)).toBeGreaterThan(0.999);
    expect(model.vision.length).toBeLessThan(plain.vision.length);
    for (const made of [x, image, text]) made.dispose();
    await frozen.close();
  });
});

/** The model with the `nth` node of an operator replaced by another operator. */
const tampered =
  (op: string, nth: number, other: string, names: string[] = []): Convert =>
  (bytes) => {
    const model = parseModelProto(bytes);
    const node = model.graph.node.filter(({ opType }) => opType === op)[nth];
    if (node) {
      node.opType = other;
      names.push(node.name);
    }
    return toBinary(ModelProtoSchema, model);
  };

describe('checkTwin', () => {
  it('names the block and the node where a tower is computed wrongly, and both numbers', async () => {
    const names: string[] = [];
    const wrong = tampered('Sigmoid', 1, 'Tanh', names);
    const [model, other] = await Promise.all([load('openai'), load('openai', wrong)]);
    const [frozen, image, text] = await Promise.all([openFrozenClip(model), imageTwin(model), textTwin(model)]);
    const [wrongImage, wrongText] = await Promise.all([imageTwin(other), textTwin(other)]);
    for (const [twins, tower, node] of [
      [{ image: wrongImage, text: null }, 'image', names[0]],
      [{ image, text: wrongText }, 'text', names[1]],
    ] as const) {
      const error = await checkTwin(model, frozen, twins).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        info: {
          code: 'clip-mismatch',
          why: expect.stringMatching(
            `^Its ${tower} tower first differs in block 2 of 2, in the operator Tanh: where -?[0-9.e-]+ is right, -?[0-9.e-]+ came out.$`,
          ) as string,
        },
      });
      expect((error as StudioError).info.detail).toContain(`node ${node ?? ''}, operator Tanh`);
    }
    for (const made of [image, text, wrongImage, wrongText]) made.dispose();
    await frozen.close();
  });

  it('finds a difference before the first block and behind the last', async () => {
    const model = await load('siglip');
    const frozen = await openFrozenClip(model);
    // The first addition is that of positions, the last Tanh stands in the pooling head.
    for (const [convert, place] of [
      [tampered('Add', 0, 'Sub'), /block 1 of 2, in the operator Sub/],
      [tampered('Tanh', 2, 'Sigmoid'), /after the last block, in the operator Sigmoid/],
    ] as const) {
      const image = await imageTwin(await load('siglip', convert));
      await expect(checkTwin(model, frozen, { image, text: null })).rejects.toThrow(place);
      image.dispose();
    }
    await frozen.close();
  });

  it('sees a SigLIP by its graph where no configuration names it', async () => {
    const model = { ...(await load('siglip')), padToContext: false };
    const [frozen, image, text] = await Promise.all([openFrozenClip(model), imageTwin(model), textTwin(model)]);
    expect(text.stops).toBe(false);
    await expect(checkTwin(model, frozen, { image, text })).rejects.toThrow();
    frozen.padTexts();
    expect((await checkTwin(model, frozen, { image, text })).text).toBeGreaterThan(0.9999);
    for (const made of [image, text]) made.dispose();
    await frozen.close();
  });

  it('refuses a twin that is not the model', async () => {
    const [model, other] = await Promise.all([load('openai'), load('openclip')]);
    const frozen = await openFrozenClip(model);
    const image = await imageTwin(other);
    await expect(checkTwin(model, frozen, { image, text: null })).rejects.toMatchObject({
      info: { code: 'clip-mismatch' },
    });
    image.dispose();
    await frozen.close();
  });
});
