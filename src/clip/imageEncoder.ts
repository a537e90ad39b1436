/**
 * The frozen image tower, wherever it runs. The processor (frozen.ts) is the reference. `openGpuEncoder` runs the same
 * file through onnxruntime's WebGPU provider on a device of its own, many times faster on a real GPU, and is handed out
 * only after it has given what the reference gives on probe pictures. Closing it destroys the device, so that not a
 * byte of GPU memory is left behind when training starts.
 */
import { readOnnx } from '../formats/onnx';
import type { ClipModel } from './model';
import { openOrtSession, type OrtSession } from './ortSession';
import { toClipInput } from './preprocess';
import { probePictures } from './probePictures';
import { embeddingOutput, fixedRows, pictureInput } from './recognize';
import { leastCosine } from './vectors';

export interface ImageEncoder {
  /** Pictures that are worth handing over at once. */
  readonly rows: number;
  /**
   * @param pixels [n, 3, s, s], normalised (see preprocess.ts)
   * @returns [n, d]
   */
  encodeImages(pixels: Float32Array): Promise<Float32Array>;
  close(): Promise<void>;
}

export interface GpuEncoderOptions {
  /** Largest number of pictures a call. */
  mostRows?: number;
  /** Takes the GPU although the processor was faster: for software GPUs in tests. */
  evenIfSlower?: boolean;
}

/** Why pictures are looked at on the processor although there is a GPU: part of a sentence. */
export class GpuEncoderRefused extends Error {}

/** Where files hold f16 or 8-bit weights, the two follow the same numbers with different roundings. */
const LEAST_COSINE = { full: 0.9999, reduced: 0.999 };
/** Input of one call: with the activations (about ten times as much in a ViT) well inside of any GPU that can train. */
const MOST_INPUT_BYTES = 64 * 2 ** 20;

/**
 * Opens the image tower on `device`, which belongs to the encoder from then on.
 * Throws `GpuEncoderRefused` where it fails, disagrees with `reference`, or is slower; the device is destroyed then.
 */
export async function openGpuEncoder(
  model: ClipModel,
  reference: ImageEncoder,
  device: GPUDevice,
  options: GpuEncoderOptions = {},
): Promise<ImageEncoder> {
  let session: OrtSession | null = null;
  const close = async (): Promise<void> => {
    await session?.close().catch(() => undefined);
    device.destroy();
  };
  try {
    session = await openOrtSession(model.vision, device);
    const encode = encoderOf(model, session, device);
    // An export for one picture at a time gains nothing from a GPU call a picture.
    if (fixedRows(pictureInput(readOnnx(model.vision))) !== null)
      throw new GpuEncoderRefused('this CLIP was exported for a fixed number of pictures at a time');
    await agree(model, reference, encode);
    const rows = await fastestRows(model, reference, encode, options);
    return { rows, encodeImages: encode, close };
  } catch (error) {
    await close();
    throw error instanceof GpuEncoderRefused
      ? error
      : new GpuEncoderRefused('it could not be opened on the GPU', { cause: error });
  }
}

type Encode = ImageEncoder['encodeImages'];

function encoderOf(model: ClipModel, session: OrtSession, device: GPUDevice): Encode {
  const graph = readOnnx(model.vision);
  const input = pictureInput(graph).name;
  const output = embeddingOutput(graph, 'vision').name;
  const { imageSize: s, dim } = model;
  return async (pixels) => {
    const count = pixels.length / (3 * s * s);
    const { data } = await checked(device, () =>
      session.run({ [input]: { kind: 'float', data: pixels, dims: [count, 3, s, s] } }, output),
    );
    if (!data.every(Number.isFinite)) throw new Error('The GPU gave features that are no numbers.');
    if (data.length !== count * dim)
      throw new RangeError(`${data.length / count} numbers an embedding in place of ${dim}.`);
    return data;
  };
}

const scopes: readonly GPUErrorFilter[] = ['validation', 'out-of-memory', 'internal'];

/**
 * Runs `task`; rejects where the GPU reported an error meanwhile. It would go on with what was in its memory before.
 */
async function checked<T>(device: GPUDevice, task: () => Promise<T>): Promise<T> {
  for (const scope of scopes) device.pushErrorScope(scope);
  const outcome = await task().then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  const errors = await Promise.all(scopes.map(() => device.popErrorScope().catch(() => null)));
  if ('error' in outcome) throw outcome.error;
  const error = errors.find((each) => each !== null);
  if (error) throw new Error(`The GPU reported an error: ${error.message}`);
  return outcome.value;
}

async function agree(model: ClipModel, reference: ImageEncoder, encode: Encode): Promise<void> {
  const pixels = toClipInput(probePictures(model.imageSize), model);
  const cosine = leastCosine(await reference.encodeImages(pixels), await encode(pixels), model.dim);
  const { full, reduced } = LEAST_COSINE;
  if (!(cosine >= (hasReducedWeights(model) ? reduced : full)))
    throw new GpuEncoderRefused(`the GPU gave other features than the processor (cosine ${cosine.toFixed(5)})`);
}

/** Whether any large weight is stored in less than 32 bits. */
function hasReducedWeights(model: ClipModel): boolean {
  return [...readOnnx(model.vision).initializers.values()].some(
    ({ dataType, dims }) =>
      dataType !== 1 && dims.length >= 2 && dims.reduce((size, dim) => size * Number(dim), 1) > 256,
  );
}

/** Pictures a call: doubled while that makes a picture cheaper by a tenth. */
async function fastestRows(
  model: ClipModel,
  reference: ImageEncoder,
  encode: Encode,
  { mostRows = 64, evenIfSlower = false }: GpuEncoderOptions,
): Promise<number> {
  const one = 3 * model.imageSize ** 2;
  const most = Math.max(1, Math.min(mostRows, Math.floor(MOST_INPUT_BYTES / (4 * one))));
  const probe = toClipInput(probePictures(model.imageSize), model);
  const cost = async (run: Encode, rows: number): Promise<number> => {
    const pixels = new Float32Array(rows * one);
    for (let row = 0; row < rows; row++) pixels.set(probe.subarray((row % 3) * one, ((row % 3) + 1) * one), row * one);
    const started = performance.now();
    await run(pixels);
    return (performance.now() - started) / rows;
  };
  let best = { rows: Math.min(8, most), cost: Number.POSITIVE_INFINITY };
  for (let rows = best.rows; rows <= most; rows *= 2) {
    // The first call of a size compiles its kernels.
    if (!evenIfSlower) await cost(encode, rows);
    const here = await cost(encode, rows);
    if (here > best.cost * 0.9) break;
    best = { rows, cost: here };
  }
  if (!evenIfSlower && best.cost >= (await cost((pixels) => reference.encodeImages(pixels), 3)))
    throw new GpuEncoderRefused('the processor is faster here');
  return best.rows;
}
