/**
 * What a network that somebody brings takes and gives, by its graph alone: pictures in planes [n, 3, h, w] or pixels
 * [n, h, w, 3], and which output is the feature: its usual names first, then the first that can be one. Which network
 * of the manifest it is follows from the length of its features.
 */
import { readOnnx, type OnnxModel, type OnnxValue } from '../formats/onnx';
import { StudioError } from '../shared/errors';
import type { NetworkEntry, NetworkManifest } from './networkManifest';

export interface NetworkShape {
  input: string;
  layout: 'planes' | 'pixels';
  /** Edge length that the graph insists on; null where it takes any. */
  inputSize: number | null;
  output: string;
}

export function unsupportedNetwork(why: string): StudioError {
  return new StudioError({
    code: 'evaluation-unsupported',
    what: 'This file cannot be used as an evaluation network.',
    why,
    action:
      'Choose an ONNX model that takes RGB pictures and gives one vector a picture, such as DINOv2 or the Inception-v3 of the FID convention up to its pooled 2,048 numbers.',
  });
}

const featureNames = [/^features$/i, /pool_?3/i, /2048/, /pooler_output/i, /embed|feature/i, /last_hidden_state/i];

/** Reads the graph; throws 'evaluation-unsupported'. @param output name from the manifest, or null */
export function networkShape(bytes: Uint8Array, output: string | null): NetworkShape {
  let model: OnnxModel;
  try {
    model = readOnnx(bytes);
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    throw unsupportedNetwork(error.info.why || error.info.what);
  }
  const input = model.inputs.find((value) => value.kind === 'float' && value.dims?.length === 4);
  if (!input?.dims || model.inputs.length > 1)
    throw unsupportedNetwork('It does not take one set of pictures and nothing else.');
  const layout = input.dims[3] === 3 ? 'pixels' : 'planes';
  const [height, width] = layout === 'pixels' ? input.dims.slice(1, 3) : input.dims.slice(2, 4);
  if (typeof height === 'number' && typeof width === 'number' && height !== width)
    throw unsupportedNetwork(`It takes pictures of ${width} x ${height}; only square ones are made here.`);
  return {
    input: input.name,
    layout,
    inputSize: typeof height === 'number' ? height : null,
    output: output ?? featureOutput(model),
  };
}

function featureOutput({ outputs }: OnnxModel): string {
  const canBe = (value: OnnxValue): boolean =>
    value.kind === 'float' && (value.dims === null || (value.dims.length >= 2 && value.dims.length <= 4));
  const possible = outputs.filter(canBe);
  for (const pattern of featureNames) {
    const named = possible.find((value) => pattern.test(value.name));
    if (named) return named.name;
  }
  const first = possible[0];
  if (!first) throw unsupportedNetwork('None of its outputs is a vector a picture.');
  return first.name;
}

/**
 * The manifest's entry that a network with features of `dim` numbers (and, where it insists on one, this input size)
 * must be; null where none fits.
 */
export function recognizedEntry(manifest: NetworkManifest, dim: number, inputSize: number | null): NetworkEntry | null {
  const fitting = manifest.entries.filter((entry) => entry.files.length === 0 && entry.dims.includes(dim));
  return (
    fitting.find((entry) => entry.inputSize === inputSize) ??
    (inputSize === null || dim !== 2048 ? (fitting[0] ?? null) : null)
  );
}
