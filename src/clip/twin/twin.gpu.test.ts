import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileStep } from '../../gpu/capture/plan';
import {
  add,
  div,
  grad,
  memory,
  mul,
  sqrt,
  square,
  sub,
  sum,
  tensor,
  tidy,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '../../gpu/tensor';
import { testEngine } from '../../gpu/testing/testEngine';
import { CounterRandom } from '../../shared/rng';
import { openFrozenClip, type FrozenClip } from '../frozen';
import type { ClipModel } from '../model';
import { toClipInput } from '../preprocess';
import { loadClipNano, readGolden } from '../testing/clipNano';
import { expectGolden, goldenPictures } from '../testing/golden';
import { probePictures } from '../probePictures';
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

const floats = async (t: Tensor): Promise<Float32Array> => (await t.data()) as Float32Array;

/** Mean cosine of the rows of `a` and `b`. */
const cosine = (a: Tensor, b: Tensor): Tensor => {
  const dots = sum(mul(a, b), -1);
  const lengths = sqrt(mul(sum(square(a), -1), sum(square(b), -1)));
  return div(sum(div(dots, lengths)), a.shape[0] ?? 1);
};

/** The derivative of `f` at `x` along `direction` by central differences, two steps extrapolated to none. */
async function slope(
  f: (x: Tensor) => Tensor,
  x: Float32Array,
  shape: number[],
  direction: Float32Array,
  step: number,
): Promise<number> {
  const at = async (t: number): Promise<number> =>
    (
      await floats(
        tidy(() =>
          f(
            tensor(
              x.map((v, i) => v + t * (direction[i] as number)),
              shape,
            ),
          ),
        ),
      )
    )[0] as number;
  const central = async (t: number): Promise<number> => ((await at(t)) - (await at(-t))) / (2 * t);
  return (4 * (await central(step / 2)) - (await central(step))) / 3;
}

const along = (gradient: Float32Array, direction: Float32Array): number =>
  gradient.reduce((total, g, i) => total + g * (direction[i] as number), 0);

const gradientOf = async (f: (x: Tensor) => Tensor, x: Float32Array, shape: number[]): Promise<Float32Array> =>
  floats(tidy(() => grad(f)(tensor(x, shape))));

function unit(v: Float32Array): Float32Array {
  const length = Math.hypot(...v);
  return v.map((x) => x / length);
}

const wave = (size: number, rate: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(rate * i * (1 + (i % 7))));
const picture = (): Float32Array =>
  Float32Array.from(probePictures(64).subarray(0, 64 * 64 * 3), (v) => 0.2 + (0.6 * v) / 255);

describe('twin of clip-nano', () => {
  it('agrees with onnxruntime and with PyTorch', async () => {
    const agreement = await checkTwin(model, frozen, { image, text });
    expect(agreement.image).toBeGreaterThan(0.999999);
    expect(agreement.text).toBeGreaterThan(0.999999);
    const pictures = tensor(goldenPictures(model), [4, 64, 64, 3]) as Tensor4D;
    expectGolden(await floats(tidy(() => image.encode(pictures))), await readGolden());
    pictures.dispose();
  });

  it('is made of few operators: the patterns were recognised', () => {
    expect(image.program(2).operators).toEqual({
      input: 1,
      patches: 1,
      linear: 26,
      reshape: 2,
      concat: 1,
      binary: 13,
      layerNorm: 14,
      jointAttention: 6,
      slice: 1,
    });
  });

  it('gives the patches of chosen blocks beside the embedding, and says which blocks there are', async () => {
    expect(image.blocks).toBe(6);
    const pixels = tensor(picture(), [1, 64, 64, 3]) as Tensor4D;
    expect(image.watched).toEqual([
      { block: 2, width: 192 },
      { block: 4, width: 192 },
    ]);
    const { embedding, tokens } = image.encodeWithTokens(pixels, [2, 6]);
    expect(tokens.map(({ shape }) => shape)).toEqual([
      [1, 8, 8, 192],
      [1, 8, 8, 192],
    ]);
    const alone = image.encode(pixels);
    expect(await floats(embedding)).toEqual(await floats(alone));
    const values = await floats(tokens[0] as Tensor);
    expect(values.every(Number.isFinite)).toBe(true);
    expect(() => image.encodeWithTokens(pixels, [7])).toThrow(/after block 7.*has 6 blocks/);
    expect(() => image.encodeWithTokens(pixels, [0])).toThrow(/after block 0/);
    for (const made of [pixels, embedding, alone, ...tokens]) made.dispose();
  });

  it('refuses pictures of another size', () => {
    expect(() => image.encode(tensor(new Float32Array(3 * 32 * 32), [1, 32, 32, 3]))).toThrow(/64 x 64/);
  });

  it('has the gradient of cosine(image, text) that central differences have', async () => {
    const target = tensor(await frozen.encodeTexts(['a red circle']), [1, 192]);
    const f = (x: Tensor): Tensor => cosine(image.encode(x as Tensor4D), target);
    const x = picture();
    const gradient = await gradientOf(f, x, [1, 64, 64, 3]);
    for (const direction of [unit(gradient), unit(wave(x.length, 0.37))]) {
      const numeric = await slope(f, x, [1, 64, 64, 3], direction, 0.02);
      // Cosines carry noise of 1e-7; differences over 0.04 turn that into 5e-6, against slopes of about the steepest
      // one.
      expect(Math.abs(numeric - along(gradient, direction))).toBeLessThan(1e-3 * Math.hypot(...gradient));
    }
    target.dispose();
  });

  it('raises the cosine when pixels follow the gradient', async () => {
    const target = tensor(await frozen.encodeTexts(['a photo of a frog']), [1, 192]);
    const f = (x: Tensor): Tensor => cosine(image.encode(x as Tensor4D), target);
    let x = picture();
    const valueOf = async (pixels: Float32Array): Promise<number> =>
      (await floats(tidy(() => f(tensor(pixels, [1, 64, 64, 3])))))[0] as number;
    const before = await valueOf(x);
    const moved = (pixels: Float32Array, direction: Float32Array): Float32Array =>
      pixels.map((v, i) => Math.min(1, Math.max(0, v + 0.3 * (direction[i] as number))));
    for (let step = 0; step < 20; step++) x = moved(x, unit(await gradientOf(f, x, [1, 64, 64, 3])));
    const after = await valueOf(x);
    expect(after).toBeGreaterThan(before + 0.3);
    // Steps of the same length at random get nowhere near.
    const random = new CounterRandom(5);
    let best = -1;
    for (let walk = 0; walk < 4; walk++) {
      let other = picture();
      for (let step = 0; step < 20; step++) other = moved(other, unit(other.map(() => random.normal())));
      best = Math.max(best, await valueOf(other));
    }
    expect(best).toBeLessThan(before + 0.1);
    // And the reference sees it too.
    const seen = await frozen.encodeImages(
      toClipInput(
        Uint8Array.from(x, (v) => Math.round(255 * v)),
        model,
      ),
    );
    const frog = await floats(target);
    const dot = seen.reduce((total, v, i) => total + v * (frog[i] as number), 0);
    expect(dot / Math.hypot(...seen) / Math.hypot(...frog)).toBeGreaterThan(before + 0.25);
    target.dispose();
  });

  it('has the gradient by learnt context vectors that central differences have', async () => {
    const tokenizer = model.tokenizer;
    if (!tokenizer) throw new Error('clip-nano has a tokenizer');
    const names = ['dog', 'red delicious apple', 'ship'].map((name) => tokenizer.encodeWords(name));
    // Vectors longer than words (those have entries of 0.05): around them the tower bends little over the steps taken
    // here.
    const start = wave(3 * 4 * text.width, 0.29).map((v) => 0.5 * v);
    const target = tensor((await frozen.encodeImages(toClipInput(probePictures(64), model))).slice(), [3, 192]);
    const f = (context: Tensor): Tensor => cosine(text.encodeContext(context as Tensor3D, names), target);
    const shape = [3, 4, text.width];
    const gradient = await gradientOf(f, start, shape);
    for (const direction of [unit(gradient), unit(wave(start.length, 0.53))]) {
      const numeric = await slope(f, start, shape, direction, 0.01);
      expect(Math.abs(numeric - along(gradient, direction))).toBeLessThan(1e-3 * Math.hypot(...gradient));
    }
    target.dispose();
  });

  it('stops texts after the longest prompt, and cuts names that are too long', async () => {
    const tokenizer = model.tokenizer;
    if (!tokenizer) throw new Error('clip-nano has a tokenizer');
    const ids = tokenizer.encodeWords('a photo of a');
    const long = tokenizer.encodeWords('dog '.repeat(40));
    const context = (slots: number): Tensor3D =>
      tensor(text.tokenEmbedding(Array.from({ length: slots }, () => ids).flat()), [slots, 4, text.width]);
    const [alone, beside] = [
      await floats(text.encodeContext(context(1), [ids])),
      await floats(text.encodeContext(context(2), [ids, long])),
    ];
    for (let i = 0; i < 192; i++) expect(Math.abs((alone[i] as number) - (beside[i] as number))).toBeLessThan(1e-4);
    expect(() => text.encodeContext(context(2), [ids])).toThrow(/prompts/);
  });

  it('is captured in a step that was compiled before its first use, and outlives it', async () => {
    const engine = await testEngine();
    const twin = await imageTwin(model);
    const pixels = tensor(Float32Array.from([...picture(), ...picture().toReversed()]), [2, 64, 64, 3]) as Tensor4D;
    const stats = (x: Tensor): Tensor => sum(square(grad((p: Tensor) => sum(twin.encode(p as Tensor4D)))(x)));
    const step = compileStep({
      name: 'twin',
      inputs: { gain: { shape: [1] } },
      body: ({ gain }) => ({ value: stats(add(sub(pixels, 0.5), gain)) }),
    });
    step.run({ gain: Float32Array.of(0.5) });
    const captured = (await step.readStats())['value'];
    step.dispose();
    const eager = (await floats(tidy(() => stats(add(sub(pixels, 0.5), tensor([0.5]))))))[0];
    expect(captured).toBe(eager);
    pixels.dispose();
    const before = memory().numTensors;
    twin.dispose();
    expect(memory().numTensors).toBeLessThan(before);
    await engine.settle();
  });

  it('leaves no tensors behind, and computes no gradients of weights', async () => {
    const engine = await testEngine();
    const pixels = tensor(picture(), [1, 64, 64, 3]) as Tensor4D;
    tidy(() => grad((p: Tensor) => sum(image.encode(p as Tensor4D)))(pixels));
    const before = memory().numTensors;
    const start = engine.backend.counters.dispatches;
    (tidy(() => image.encode(pixels)) as Tensor2D).dispose();
    const forward = engine.backend.counters.dispatches - start;
    tidy(() => grad((p: Tensor) => sum(image.encode(p as Tensor4D)))(pixels)).dispose();
    const both = engine.backend.counters.dispatches - start - forward;
    expect(memory().numTensors).toBe(before);
    // Weight gradients would add a product a layer: 26 more. Attention's gradient may take a second dispatch in each of
    // the 6 layers (on CPUs it does).
    expect(both).toBeLessThanOrEqual(2.2 * forward + 6);
    pixels.dispose();
  });

  it('dispatches one product a layer each way and nothing that belongs to weights, counted by kind', () => {
    const kinds = (body: (pixels: Tensor) => Tensor): Record<string, number> => {
      const step = compileStep({
        name: 'kinds',
        inputs: { pixels: { shape: [2, 64, 64, 3] } },
        body: ({ pixels }) => ({ value: body(pixels) }),
      });
      step.compile();
      const counts: Record<string, number> = {};
      // Fused dispatches carry the names of all their parts.
      for (const [label, count] of Object.entries(step.info?.labels ?? {}))
        for (const part of label.split('+')) counts[part] = (counts[part] ?? 0) + count;
      step.dispose();
      return counts;
    };
    const forward = kinds((pixels) => sum(square(image.encode(pixels as Tensor4D))));
    const both = kinds((pixels) => sum(square(grad((p: Tensor) => sum(square(image.encode(p as Tensor4D))))(pixels))));
    expect(forward).toMatchObject({ matMul: 26, 'attention.forward': 6, 'layerNorm.forward': 14 });
    expect(both).toMatchObject({
      matMul: 2 * 26,
      'attention.forward': 6,
      'attention.backward': 6,
      'layerNorm.forward': 14,
      'layerNorm.gradientX': 14,
    });
    const ofWeights = Object.keys(both).filter((label) =>
      /columnSum|gradientFilter|gradientParameters|gammaBeta|gradientGamma|segment/i.test(label),
    );
    expect(ofWeights).toEqual([]);
  });
});
