/**
 * What a CLIP's graphs and its JSON files say about it: the size of its input, the width of its embedding, the factor
 * on its cosines. Needed for files that a person drops in; for listed models the manifest says it.
 */
import { decodeTensor, type HostTensor, type OnnxModel } from '../formats/onnx';
import { ancestorsOf } from '../formats/onnxPrune';
import { clipMean, clipStd } from './model';
import { embeddingOutput, notClip, pictureInput } from './recognize';

type Json = Readonly<Record<string, unknown>>;
type Triple = readonly [number, number, number];

const record = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const positive = (value: unknown): number | null => (typeof value === 'number' && value > 0 ? value : null);

/** Edge length of the input: fixed in the graph, said by the JSON files, or worked out from the number of positions. */
export function imageSizeOf(vision: OnnxModel, preprocessor: Json, config: Json): number {
  const [height, width] = pictureInput(vision).dims?.slice(2) ?? [];
  if (typeof height === 'number' && typeof width === 'number') {
    if (height !== width) throw notClip(`Its pictures are ${width} x ${height}; only square ones are supported.`);
    return height;
  }
  const crop = record(preprocessor['crop_size']);
  const size = record(preprocessor['size']);
  return (
    positive(crop['height']) ??
    positive(preprocessor['crop_size']) ??
    positive(size['height']) ??
    positive(size['shortest_edge']) ??
    positive(record(config['vision_config'])['image_size']) ??
    sizeFromPositions(vision) ??
    224
  );
}

/**
 * Patch size times the root of the number of patches, from the shapes of the patch filter and the table of positions.
 */
function sizeFromPositions(vision: OnnxModel): number | null {
  const tensors = [...vision.initializers.values()].map(({ dims }) => dims.map(Number));
  const filter = tensors.find(
    (dims) => dims.length === 4 && dims[1] === 3 && dims[2] === dims[3] && (dims[2] ?? 0) >= 4,
  );
  if (!filter) return null;
  const [width, , patch] = filter as [number, number, number];
  for (const dims of tensors) {
    const [rows, columns] = dims.slice(-2);
    if (rows === undefined || columns !== width || dims.length < 2 || dims.length > 3 || rows === width) continue;
    for (const patches of [rows - 1, rows]) {
      const edge = Math.round(Math.sqrt(patches));
      if (edge > 1 && edge * edge === patches) return edge * patch;
    }
  }
  return null;
}

/**
 * Width of the embedding: fixed in the graph, said by the configuration, or that of the last matrix before the output.
 */
export function embeddingWidthOf(model: OnnxModel, tower: 'vision' | 'text', config: Json): number {
  const output = embeddingOutput(model, tower);
  const fixed = output.dims?.at(-1);
  if (typeof fixed === 'number') return fixed;
  const said = positive(config['projection_dim']);
  if (said !== null) return said;
  const needed = ancestorsOf(model.nodes, [output.name]);
  for (const node of model.nodes.toReversed()) {
    if ((node.op !== 'MatMul' && node.op !== 'Gemm') || !node.outputs.some((name) => needed.has(name))) continue;
    const dims = model.initializers.get(node.inputs[1] ?? '')?.dims.map(Number);
    const width = node.attributes.get('transB') === 1 ? dims?.[0] : dims?.[1];
    if (width !== undefined) return width;
  }
  throw notClip('The width of its embedding cannot be told.');
}

/** Mean and deviation for pixels in [0, 1]; CLIP's own where nothing is said. */
export function normalizationOf(preprocessor: Json): { mean: Triple; std: Triple } {
  const triple = (value: unknown): Triple | null =>
    Array.isArray(value) && value.length === 3 && value.every((x) => typeof x === 'number')
      ? (value as unknown as Triple)
      : null;
  return { mean: triple(preprocessor['image_mean']) ?? clipMean, std: triple(preprocessor['image_std']) ?? clipStd };
}

/**
 * Longest text: from the configuration, the tokenizer, or the table of positions; 77 as in OpenAI's CLIP where nothing
 * is said.
 */
export function contextLengthOf(text: OnnxModel | null, config: Json): number {
  const said = positive(record(config['text_config'])['max_position_embeddings']);
  const fixed = text?.inputs.find((input) => input.kind === 'int')?.dims?.[1];
  const table =
    text && [...text.initializers.values()].find((tensor) => /position/i.test(tensor.name) && tensor.dims.length >= 2);
  return said ?? positive(fixed) ?? positive(table ? Number(table.dims.at(-2)) : null) ?? 77;
}

/**
 * The learnt factor on cosines in a file that holds both towers (its logarithm or itself, named logit_scale), or null.
 */
export function logitScaleOf(joint: OnnxModel): number | null {
  for (const [name, tensor] of joint.initializers) {
    if (/logit_scale/i.test(name) && tensor.dims.every((dim) => dim === 1n)) return asScale(decodeTensor(tensor));
  }
  // Exporters fold exp(logit_scale) into a constant that multiplies the cosines on their way to logits_per_image.
  const logits = joint.outputs.find((output) => /logits/i.test(output.name));
  if (!logits) return null;
  const producers = new Map(joint.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  for (let node = producers.get(logits.name), steps = 0; node && steps < 4; steps++) {
    if (node.op === 'Mul') {
      for (const name of node.inputs) {
        const initializer = joint.initializers.get(name);
        const value = initializer ? decodeTensor(initializer) : producers.get(name)?.attributes.get('value');
        if (typeof value === 'object' && 'kind' in value && value.data.length === 1) return asScale(value);
      }
    }
    node = producers.get(node.inputs[0] ?? '');
  }
  return null;
}

/** Below 10 it is the logarithm: CLIP's factor lies between 1 and 100, its logarithm between 0 and 4.7. */
function asScale(tensor: HostTensor): number | null {
  const value = tensor.data[0] as number;
  return value > 0 ? (value < 10 ? Math.exp(value) : value) : null;
}
