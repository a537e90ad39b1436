/**
 * The twin is trusted only after it has given what onnxruntime gives, on this very GPU: probe pictures and prompts go
 * through both, and their embeddings must point the same way. Products of the twin may round their operands to float16
 * where that is measured to be faster; whether this CLIP bears that is found out here too, with every product rounded,
 * and if not, it is not done.
 */
import { autotunerOf } from '../../gpu/autotune/autotuner';
import { currentBackend } from '../../gpu/current';
import { keepOperandsExact, withTuning } from '../../gpu/tuning';
import { tensor, type Tensor2D, type Tensor3D, type Tensor4D } from '../../gpu/tensor';
import { readOnnx } from '../../formats/onnx';
import { StudioError } from '../../shared/errors';
import type { FrozenClip } from '../frozen';
import type { ClipModel } from '../model';
import { toClipInput } from '../preprocess';
import { probePictures } from '../probePictures';
import { leastCosine } from '../vectors';
import type { ClipTokenizer } from '../tokenizer';
import type { ImageTwin } from './imageTwin';
import { firstDifference, type Difference, type TowerInspection } from './inspect';
import { isRounded } from './precision';
import type { TextTwin } from './textTwin';

export interface TwinAgreement {
  /** Smallest cosine over the probe pictures. */
  image: number;
  /** Smallest cosine over the probe prompts; null without a text tower. */
  text: number | null;
}

/** What rounds (halves, small integers) is followed in full precision, so it is only nearly the same function. */
const LEAST_COSINE = { exact: 0.9999, rounded: 0.999 };

const leastFor = (tower: Uint8Array): number =>
  isRounded(readOnnx(tower)) ? LEAST_COSINE.rounded : LEAST_COSINE.exact;

/** Throws 'clip-mismatch' where picture or prompt embeddings differ; it says which layer differs first. */
export async function checkTwin(
  model: ClipModel,
  frozen: FrozenClip,
  twins: { image: ImageTwin; text: TextTwin | null },
): Promise<TwinAgreement> {
  const { imageSize: s } = model;
  const image = await withTuning({ roundWhereTolerated: false }, () => checkImages(model, frozen, twins.image));
  if (!(image >= leastFor(model.vision)))
    throw await mismatch('image', image, model.vision, () =>
      twins.image.inspect(probePictures(s).subarray(0, s * s * 3)),
    );
  await checkRounding(model, frozen, twins.image);
  const { text: textTwin } = twins;
  const text =
    textTwin && frozen.hasText
      ? await withTuning({ roundWhereTolerated: false }, () => checkTexts(model, frozen, textTwin))
      : null;
  const { text: tower } = model;
  if (text !== null && tower && !(text >= leastFor(tower))) {
    const { tokenizer } = model;
    const probe = tokenizer && textProbe(tokenizer);
    const inspect = probe
      ? () =>
          twins.text?.inspect(
            tokenizer.encodeWords(probe.context),
            probe.names.map((name) => tokenizer.encodeWords(name)),
          )
      : () => undefined;
    throw await mismatch('text', text, tower, inspect);
  }
  return { image, text };
}

/** Products round only where they are timed, on hardware with float16. */
async function checkRounding(model: ClipModel, frozen: FrozenClip, twin: ImageTwin): Promise<void> {
  const { device } = currentBackend();
  if (!autotunerOf(device) || !device.features.has('shader-f16')) return;
  const rounded = await withTuning({ precision: 'f16' }, () => checkImages(model, frozen, twin));
  if (!(rounded >= leastFor(model.vision))) keepOperandsExact(device);
}

async function mismatch(
  which: 'image' | 'text',
  cosine: number,
  tower: Uint8Array,
  inspect: () => TowerInspection | undefined,
): Promise<StudioError> {
  const least = leastFor(tower);
  const found = await whereItDiffers(tower, inspect, least);
  const short = (value: number): string => String(Number(value.toPrecision(6)));
  return new StudioError({
    code: 'clip-mismatch',
    what: 'This CLIP gives different answers on your graphics card than it should.',
    why: found
      ? `Its ${which} tower first differs in ${found.place}, in the operator ${found.node.op}: where ${short(found.expected)} is right, ${short(found.actual)} came out.`
      : `Its ${which} tower is computed wrongly.`,
    action:
      'Update the browser and the graphics driver, or choose another CLIP (an f32 version, if this one is smaller).',
    detail: `${which}: cosine ${cosine}, wanted ${least}${found ? `; ${found.place}, node ${found.node.name}, operator ${found.node.op}: ${found.expected} in onnxruntime, ${found.actual} here` : ''}`,
  });
}

/** Null where that cannot be told: the message matters more. */
async function whereItDiffers(
  tower: Uint8Array,
  inspect: () => TowerInspection | undefined,
  least: number,
): Promise<Difference | null> {
  try {
    const inspection = inspect();
    // Two vectors of equal length with this cosine are that far apart.
    return inspection ? await firstDifference(tower, inspection, Math.sqrt(2 * (1 - least))) : null;
  } catch {
    return null;
  }
}

async function checkImages(model: ClipModel, frozen: FrozenClip, twin: ImageTwin): Promise<number> {
  const { imageSize: s, dim } = model;
  const rgb = probePictures(s);
  const expected = await frozen.encodeImages(toClipInput(rgb, model));
  const pixels = tensor(
    Float32Array.from(rgb, (value) => value / 255),
    [3, s, s, 3],
  ) as Tensor4D;
  const embeddings = twin.encode(pixels);
  const actual = (await embeddings.data()) as Float32Array;
  pixels.dispose();
  embeddings.dispose();
  return leastCosine(expected, actual, dim);
}

/**
 * Words where learnt vectors will be, and names after them. Vocabularies that spell words in letters get the shorter
 * ones.
 */
const PROBES = [
  { context: 'a photo of a', names: ['dog', 'red delicious apple', 'car'] },
  { context: 'a', names: ['dog', 'red cat', 'car'] },
];

function textProbe(tokenizer: ClipTokenizer): (typeof PROBES)[number] | undefined {
  return PROBES.find(({ context, names }) =>
    names.every((name) => tokenizer.encodeWords(`${context} ${name}.`).length + 2 <= tokenizer.contextLength),
  );
}

async function checkTexts(model: ClipModel, frozen: FrozenClip, twin: TextTwin): Promise<number> {
  const { tokenizer } = model;
  if (!tokenizer) return 1;
  const probe = textProbe(tokenizer);
  if (!probe) return 1;
  const { names } = probe;
  const expected = await frozen.encodeTexts(names.map((name) => `${probe.context} ${name}.`));
  const ids = tokenizer.encodeWords(probe.context);
  const context = tensor(twin.tokenEmbedding(names.flatMap(() => ids)), [
    names.length,
    ids.length,
    twin.width,
  ]) as Tensor3D;
  const embeddings: Tensor2D = twin.encodeContext(
    context,
    names.map((name) => tokenizer.encodeWords(name)),
  );
  const actual = (await embeddings.data()) as Float32Array;
  context.dispose();
  embeddings.dispose();
  return leastCosine(expected, actual, model.dim);
}
