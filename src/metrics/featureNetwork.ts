/**
 * A network that looks at pictures from outside the training loop, as one function from 8-bit pictures to features. It
 * runs in onnxruntime, through a door that the caller holds open (`OpenModel`): the browser's is shared with CLIP,
 * because two calls at once hang it; Node has its own.
 */
import { StudioError } from '../shared/errors';
import { networkShape, recognizedEntry, unsupportedNetwork, type NetworkShape } from './networkShape';
import type { NetworkEntry, NetworkManifest } from './networkManifest';
import { resample, type ResampleFilter } from './resample';

/** A model in onnxruntime. */
export interface RuntimeModel {
  run(
    feeds: Readonly<Record<string, { kind: 'float'; data: Float32Array; dims: number[] }>>,
    output: string,
  ): Promise<{ data: Float32Array; dims: readonly number[] }>;
  close(): Promise<void>;
}
/** Opens a model from the bytes of an ONNX file. */
export type OpenModel = (bytes: Uint8Array) => Promise<RuntimeModel>;

/** Who computed the features, and what may be said of numbers made with them. Plain data. */
export interface NetworkIdentity {
  id: string;
  name: string;
  licence: string;
  /** SHA-256 of its file. */
  hash: string;
  /** Numbers a feature. */
  dim: number;
  inputSize: number;
  /** False for CLIP's image tower, which also trains the generator. */
  independent: boolean;
  /** Whether a Frechet distance on it is what papers call FID. */
  comparableWithInceptionFid: boolean;
  /** Name of the pictures that it learnt from, where that is known. */
  trainedOn?: string | undefined;
  note: string;
}

export interface FeatureNetwork {
  readonly identity: NetworkIdentity;
  /** Everything besides the file that features depend on. Part of a cache's key. */
  readonly recipe: string;
  /**
   * @param rgb [n, size, size, 3] bytes
   * @returns [n, dim]
   */
  features(rgb: Uint8Array, size: number): Promise<Float32Array>;
  close(): Promise<void>;
}

export interface PictureInput {
  inputSize: number;
  channels: 'rgb' | 'bgr';
  mean: readonly [number, number, number];
  std: readonly [number, number, number];
  filter: ResampleFilter;
  layout: NetworkShape['layout'];
}

/**
 * Pictures [n, size, size, 3] as the network's input: resized, channels in its order, (x - mean) / std, [n, 3, s, s] or
 * [n, s, s, 3].
 */
export function networkInput(
  rgb: Uint8Array,
  size: number,
  { inputSize: s, channels, mean, std, filter, layout }: PictureInput,
): Float32Array {
  const one = size * size * 3;
  const n = rgb.length / one;
  if (!Number.isInteger(n)) throw new RangeError(`${rgb.length} bytes are not pictures of ${size} x ${size} RGB`);
  const out = new Float32Array(n * s * s * 3);
  for (let picture = 0; picture < n; picture += 1) {
    const pixels = resample(rgb.subarray(picture * one, (picture + 1) * one), size, s, filter);
    const first = picture * s * s * 3;
    for (let c = 0; c < 3; c += 1) {
      const from = channels === 'rgb' ? c : 2 - c;
      const [centre, scale] = [mean[c] as number, 1 / (std[c] as number)];
      for (let i = 0; i < s * s; i += 1)
        out[first + (layout === 'planes' ? c * s * s + i : i * 3 + c)] =
          ((pixels[i * 3 + from] as number) - centre) * scale;
    }
  }
  return out;
}

/**
 * One vector a picture out of a network's output: [n, d] as it is, the first (class) token of [n, tokens, d], the mean
 * over [n, d, h, w].
 */
export function vectorsOf(data: Float32Array, dims: readonly number[]): { vectors: Float32Array; dim: number } {
  const [n = 0, a = 0, b = 1, c = 1] = dims;
  if (dims.length === 2) return { vectors: data, dim: a };
  if (dims.length === 3) {
    const vectors = new Float32Array(n * b);
    for (let i = 0; i < n; i += 1) vectors.set(data.subarray(i * a * b, i * a * b + b), i * b);
    return { vectors, dim: b };
  }
  if (dims.length !== 4) throw unsupportedNetwork(`Its output has ${dims.length} axes.`);
  const vectors = new Float32Array(n * a);
  for (let i = 0; i < n * a; i += 1) {
    let sum = 0;
    for (let j = 0; j < b * c; j += 1) sum += data[i * b * c + j] as number;
    vectors[i] = sum / (b * c);
  }
  return { vectors, dim: a };
}

/** Input numbers of one call of the runtime, at most: bounds its memory (ResNet-50 at 224 px: 16 pictures). */
const CALL_NUMBERS = 16 * 3 * 224 * 224;

export interface NetworkFile {
  bytes: Uint8Array;
  /** SHA-256 of `bytes`. */
  hash: string;
}

/** Opens a listed network. Throws 'evaluation-unsupported' where the file and the entry do not fit together. */
export async function openListedNetwork(
  entry: NetworkEntry,
  file: NetworkFile,
  open: OpenModel,
): Promise<FeatureNetwork> {
  const shape = networkShape(file.bytes, entry.output);
  const model = await openOrRefuse(file.bytes, open);
  const inputSize = shape.inputSize ?? entry.inputSize;
  const dim = await probe(model, shape, inputSize);
  if (!entry.dims.includes(dim)) {
    await model.close();
    throw unsupportedNetwork(`Its features have ${dim} numbers in place of ${entry.dims.join(' or ')}.`);
  }
  return assemble(entry, file, shape, model, dim, inputSize);
}

/**
 * Opens the user's own file as the entry of the manifest that its shape tells; throws 'evaluation-unsupported' where it
 * is none.
 */
export async function openOwnNetwork(
  manifest: NetworkManifest,
  file: NetworkFile,
  open: OpenModel,
): Promise<FeatureNetwork> {
  const shape = networkShape(file.bytes, null);
  const model = await openOrRefuse(file.bytes, open);
  const dim = await probe(model, shape, shape.inputSize ?? 224);
  const entry = recognizedEntry(manifest, dim, shape.inputSize);
  if (!entry) {
    await model.close();
    throw unsupportedNetwork(
      `No network that the studio knows gives ${dim} numbers a picture${shape.inputSize === null ? '' : ` of ${shape.inputSize} px`}.`,
    );
  }
  return assemble(entry, file, shape, model, dim, shape.inputSize ?? entry.inputSize);
}

async function openOrRefuse(bytes: Uint8Array, open: OpenModel): Promise<RuntimeModel> {
  try {
    return await open(bytes);
  } catch (cause) {
    const why = cause instanceof StudioError ? cause.info.why : cause instanceof Error ? cause.message : '';
    throw new StudioError(
      { ...unsupportedNetwork(why).info, what: 'The evaluation network could not be opened.' },
      { cause },
    );
  }
}

const feed = (shape: NetworkShape, data: Float32Array, n: number, s: number) => ({
  [shape.input]: { kind: 'float' as const, data, dims: shape.layout === 'planes' ? [n, 3, s, s] : [n, s, s, 3] },
});

/** Length of a feature: what the network gives for one grey picture. */
async function probe(model: RuntimeModel, shape: NetworkShape, s: number): Promise<number> {
  const { data, dims } = await model.run(feed(shape, new Float32Array(3 * s * s), 1, s), shape.output);
  return vectorsOf(data, dims).dim;
}

function assemble(
  entry: NetworkEntry,
  { hash }: NetworkFile,
  shape: NetworkShape,
  model: RuntimeModel,
  dim: number,
  inputSize: number,
): FeatureNetwork {
  const { id, name, licence, note, channels, mean, std, filter, comparableWithInceptionFid, trainedOn } = entry;
  const input: PictureInput = { inputSize, channels, mean, std, filter, layout: shape.layout };
  return {
    identity: {
      id,
      name,
      licence,
      hash,
      dim,
      inputSize,
      independent: true,
      comparableWithInceptionFid,
      ...(trainedOn === undefined ? {} : { trainedOn }),
      note,
    },
    recipe: `${filter}-${inputSize}-${channels}`,
    async features(rgb, size) {
      const one = size * size * 3;
      const n = rgb.length / one;
      const atOnce = Math.max(1, Math.floor(CALL_NUMBERS / (3 * inputSize * inputSize)));
      const all = new Float32Array(n * dim);
      for (let from = 0; from < n; from += atOnce) {
        const to = Math.min(n, from + atOnce);
        const { data, dims } = await model.run(
          feed(shape, networkInput(rgb.subarray(from * one, to * one), size, input), to - from, inputSize),
          shape.output,
        );
        all.set(vectorsOf(data, dims).vectors, from * dim);
      }
      return all;
    },
    close: () => model.close(),
  };
}
