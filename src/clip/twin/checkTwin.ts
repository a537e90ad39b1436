/**
 * The twin is trusted only after it has given what onnxruntime gives, on this very GPU: probe pictures and prompts go through both, and
 * their embeddings must point the same way.
 */
import { tensor, type Tensor2D, type Tensor3D, type Tensor4D } from '../../gpu/tensor';
import { StudioError } from '../../shared/errors';
import type { FrozenClip } from '../frozen';
import type { ClipModel } from '../model';
import { toClipInput } from '../preprocess';
import { probePictures } from '../probePictures';
import { leastCosine } from '../vectors';
import type { ImageTwin } from './imageTwin';
import type { TextTwin } from './textTwin';

export interface TwinAgreement {
  /** Smallest cosine over the probe pictures. */
  image: number;
  /** Smallest cosine over the probe prompts; null without a text tower. */
  text: number | null;
}

/** A quantised file is followed in full precision, so it is only nearly the same function. */
const LEAST_COSINE = { plain: 0.9999, quantized: 0.999 };

/** Throws 'clip-mismatch' where picture or prompt embeddings differ. */
export async function checkTwin(model: ClipModel, frozen: FrozenClip, twins: { image: ImageTwin; text: TextTwin | null }): Promise<TwinAgreement> {
  const least = isQuantized(model) ? LEAST_COSINE.quantized : LEAST_COSINE.plain;
  const image = await checkImages(model, frozen, twins.image);
  const text = twins.text && frozen.hasText ? await checkTexts(model, frozen, twins.text) : null;
  if (!(image >= least) || (text !== null && !(text >= least))) {
    throw new StudioError({
      code: 'clip-mismatch',
      what: 'This CLIP gives different answers on your graphics card than it should.',
      why: image >= least ? 'Its text tower is computed wrongly.' : 'Its image tower is computed wrongly.',
      action: 'Update the browser and the graphics driver, or choose another CLIP.',
      detail: `cosine image ${image}, text ${text}, wanted ${least}`,
    });
  }
  return { image, text };
}

/** Whether the file holds dynamically quantised layers: the operator's name is in its bytes as it is. */
function isQuantized(model: ClipModel): boolean {
  const name = new TextEncoder().encode('DynamicQuantizeLinear');
  const { vision } = model;
  for (let at = vision.indexOf(name[0] as number); at >= 0; at = vision.indexOf(name[0] as number, at + 1)) {
    if (name.every((byte, i) => vision[at + i] === byte)) return true;
  }
  return false;
}

async function checkImages(model: ClipModel, frozen: FrozenClip, twin: ImageTwin): Promise<number> {
  const { imageSize: s, dim } = model;
  const rgb = probePictures(s);
  const expected = await frozen.encodeImages(toClipInput(rgb, model));
  const pixels = tensor(Float32Array.from(rgb, (value) => value / 255), [3, s, s, 3]) as Tensor4D;
  const embeddings = twin.encode(pixels);
  const actual = (await embeddings.data()) as Float32Array;
  pixels.dispose();
  embeddings.dispose();
  return leastCosine(expected, actual, dim);
}

/** Words where learnt vectors will be, and names after them. Vocabularies that spell words in letters get the shorter ones. */
const PROBES = [
  { context: 'a photo of a', names: ['dog', 'red delicious apple', 'car'] },
  { context: 'a', names: ['dog', 'red cat', 'car'] },
];

async function checkTexts(model: ClipModel, frozen: FrozenClip, twin: TextTwin): Promise<number> {
  const { tokenizer } = model;
  if (!tokenizer) return 1;
  const fits = ({ context, names }: (typeof PROBES)[number]): boolean => names.every((name) => tokenizer.encodeWords(`${context} ${name}.`).length + 2 <= tokenizer.contextLength);
  const probe = PROBES.find(fits);
  if (!probe) return 1;
  const { names } = probe;
  const expected = await frozen.encodeTexts(names.map((name) => `${probe.context} ${name}.`));
  const ids = tokenizer.encodeWords(probe.context);
  const context = tensor(twin.tokenEmbedding(names.flatMap(() => ids)), [names.length, ids.length, twin.width]) as Tensor3D;
  const embeddings: Tensor2D = twin.encodeContext(
    context,
    names.map((name) => tokenizer.encodeWords(name)),
  );
  const actual = (await embeddings.data()) as Float32Array;
  context.dispose();
  embeddings.dispose();
  return leastCosine(expected, actual, model.dim);
}
